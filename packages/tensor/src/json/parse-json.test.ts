import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { KdxError, keyedRng } from '../index.js';
import { parseJson } from './parse-json.js';
import { jsonObject, readJson } from './read-json.js';

const faults: readonly [what: string, text: string, says: string][] = [
  ['nothing', '', 'line 1, column 1: the text ends too early'],
  ['blanks', ' \n\t', 'line 2, column 2: the text ends too early'],
  ['a word', 'nul', 'line 1, column 1: a value is expected, not "nul"'],
  ['single quotes', "{'a':1}", 'line 1, column 2: a key in double quotes is expected, not "\'"'],
  ['a comma at the end', '{\n  "a": 1,\n}', 'line 3, column 1: a key in double quotes is expected, not "}"'],
  ['a comma at the end of a list', '[1,]', 'line 1, column 4: a value is expected, not "]"'],
  ['no colon', '{"a" 1}', 'line 1, column 6: ":" is expected, not "1"'],
  [
    'no comma, lines ended as on Windows',
    '{\r\n"a": 1\r\n"b": 2}',
    'line 3, column 1: "," or "}" is expected, not "\\""',
  ],
  ['an open list', '[1', 'line 1, column 3: the text ends too early'],
  ['two values', '{} {}', 'line 1, column 4: the end is expected, not "{"'],
  ['a number with a leading zero', '[01]', 'line 1, column 3: "," or "]" is expected, not "1"'],
  ['NaN', '{"a": NaN}', 'line 1, column 7: a value is expected, not "NaN"'],
  ['an unknown escape', '["\\x"]', 'line 1, column 2: a value is expected, not "\\""'],
  ['a key twice', '{"a": 1, "b": 2, "a": 3}', 'line 1, column 18: the key "a" is there twice'],
  ['a key twice, spelled in two ways', '{"a":1,"\\u0061":2}', 'line 1, column 8: the key "a" is there twice'],
  ['a key twice, inside', '[{"x":{"a":1,"a":1}}]', 'line 1, column 14: the key "a" is there twice'],
  ['__proto__', '{"a":{"__proto__":{}}}', 'line 1, column 7: there is no key "__proto__"'],
  ['__proto__ in other letters', '{"\\u005f_proto__":1}', 'line 1, column 2: there is no key "__proto__"'],
  ['a number without end', '[1e999]', 'line 1, column 2: the number 1e999 is too large'],
  ['a number without end, below', '[-1e999]', 'line 1, column 2: the number -1e999 is too large'],
  ['101 levels', '['.repeat(101), 'line 1, column 101: more than 100 objects and lists are nested'],
  ['a million levels', '{"a":'.repeat(1e6), 'line 1, column 501: more than 100 objects and lists are nested'],
];

for (const [what, text, says] of faults) {
  test(`${what} is refused, with its place`, (t) => {
    t.throws(() => parseJson(text), { instanceOf: SyntaxError, message: says });
  });
}

test('equal keys of different objects, text that looks like structure and 100 levels are no faults', (t) => {
  for (const text of [
    '{"a":{"a":1},"b":[{"a":1},{"a":1}],"constructor":1,"prototype":2}',
    '["{\\"a\\":1,\\"a\\":2}","__proto__"]',
    `${'['.repeat(100)}${']'.repeat(100)}`,
    ' null ',
    '-0.5e-3',
    `"${'\\\\'.repeat(50_000)}"`,
    '"\u2028 é 🙂 \\ud800"',
  ]) {
    t.deepEqual(parseJson(text), JSON.parse(text));
  }
});

test('what JSON.parse takes and refuses, parseJson takes and refuses: 20,000 texts', (t) => {
  const rng = keyedRng(1, 'json');
  const draw = (): number => rng.uniform();
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '1',
    '-',
    '0',
    '.',
    'e',
    'true',
    'null',
    ' ',
    '\\',
    '"',
    '\n',
  ];
  const ofTree = (depth: number): string => {
    const kind = Math.floor(draw() * (depth > 3 ? 3 : 5));
    if (kind === 0) return (draw() * 10 - 5).toFixed(2);
    if (kind === 1) return '"t\\n\\u00e9"';
    if (kind === 2) return 'false';
    const inner = Array.from({ length: Math.floor(draw() * 4) }, () => ofTree(depth + 1));
    return kind === 3
      ? `[${inner.join(' , ')}]`
      : `{${inner.map((each, i) => `"k${i}" :${each}`).join(',')}}`;
  };
  const outcome = (parse: (text: string) => unknown, text: string): string => {
    try {
      return JSON.stringify(parse(text));
    } catch (error) {
      return /is there twice$|is too large$/.test((error as Error).message) ? 'twice' : 'refused';
    }
  };
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    let text = ofTree(0);
    const at = Math.floor(draw() * text.length);
    const piece = pieces[Math.floor(draw() * pieces.length)];
    if (i % 3 === 1) text = text.slice(0, at) + piece + text.slice(at);
    if (i % 3 === 2) text = text.slice(0, at) + text.slice(at + 1);
    const right = outcome(JSON.parse, text);
    const ours = outcome(parseJson, text);
    if (right === 'refused') refused += 1;
    // A change can make two keys equal or a number huge, which JSON.parse takes.
    if (ours !== right && ours !== 'twice') t.fail(`${text}: ${ours} for ${right}`);
  }
  t.true(refused > 5000, `${refused} broken texts`);
});

const refuse = (why: string): KdxError => new KdxError('KDX_TEST', why);

test('files: a byte order mark is dropped, and what is not a UTF-8 text is named', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-json-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'a.json');
  const read = (bytes: Uint8Array | string): unknown => {
    writeFileSync(file, bytes);
    return readJson(file, jsonObject, refuse);
  };
  t.deepEqual(read('\uFEFF{\r\n"a": 1\r\n}\r\n'), { a: 1 });
  const cases: readonly [Uint8Array | string, RegExp][] = [
    ['', /^it is empty$/],
    ['\uFEFF', /^line 1, column 1: the text ends too early$/],
    [Buffer.from('\uFEFF{"a":1}', 'utf16le'), /^it is UTF-16; save it as UTF-8$/],
    [Buffer.from('{"a":1}', 'utf16le'), /^it has NUL bytes/],
    ['{"a":1}\0', /^it has NUL bytes/],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), /^it is not UTF-8$/],
    ['null', /^it is not an object/],
    ['[]', /^it is not an object/],
    ['5', /^it is not an object/],
  ];
  for (const [bytes, message] of cases) t.throws(() => read(bytes), { code: 'KDX_TEST', message });
  mkdirSync(join(folder, 'sub'));
  t.throws(() => readJson(join(folder, 'sub'), jsonObject, refuse), { message: 'it is a folder' });
  t.throws(() => readJson(join(folder, 'none'), jsonObject, refuse), { message: 'it does not exist' });
});
