import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parsePluginList } from '../plugins/parse-plugin-list.js';
import { loadConfig } from './load-config.js';
import { mergeLayers } from './merge-layers.js';
import { parseAssignment } from './parse-assignment.js';
import { readConfig, runOf } from './read-config.js';
import { parseRunConfig } from './run-config.js';
import { shownValue } from './shown-value.js';

// Configs that are JSON, YAML or programs, and not a config.

const folder = mkdtempSync(join(tmpdir(), 'kdx-odd-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const put = (extension: string, content: string | Uint8Array): string => {
  const file = join(folder, `${files++}.${extension}`);
  writeFileSync(file, content);
  return file;
};

const refused: readonly [what: string, extension: string, content: string | Uint8Array, says: RegExp][] = [
  ...(['json', 'yaml'] as const).flatMap((kind): [string, string, string, RegExp][] => [
    ['null', kind, 'null', /must hold an object of settings.* and holds null\.$/],
    ['5', kind, '5', /and holds 5\.$/],
    ['text', kind, '"x"', /and holds "x"\.$/],
    ['a list', kind, '[]', /and holds \[\]\.$/],
    ['true', kind, 'true', /and holds true\.$/],
    ['nothing', kind, '', /it is empty$/],
    ['NUL', kind, '{"a":1}\0', /it has NUL bytes/],
    ['deep', kind, '{"a":'.repeat(20_000), /nested/],
    ['__proto__ at the top', kind, '{"__proto__":{"lr":0.5}}', /there is no key "__proto__"/],
    [
      '__proto__ in the optimizer',
      kind,
      '{"optimizer":{"__proto__":{"lr":0.5}}}',
      /there is no key "(optimizer\.)?__proto__"/,
    ],
    [
      '__proto__ in an arm',
      kind,
      '{"arms":{"a":{"__proto__":{"lr":1}}}}',
      /there is no key "(arms\.a\.)?__proto__"/,
    ],
    [
      '__proto__ in plugin options',
      kind,
      '{"plugins":[["kd",{"__proto__":{"x":1}}]]}',
      /there is no key "(plugins\.0\.1\.)?__proto__"/,
    ],
  ]),
  ['a key twice', 'json', '{\n"lr": 1,\n"lr": 2}', /line 3, column 1: the key "lr" is there twice/],
  ['a key twice', 'yaml', 'lr: 1\nlr: 2\n', /Map keys must be unique at line 2/],
  ['two documents', 'yaml', 'lr: 1\n---\nlr: 2\n', /multiple documents/],
  ['an alias without an anchor', 'yaml', 'lr: *x\n', /Unresolved alias/],
  ['UTF-16', 'json', Buffer.from('\uFEFF{}', 'utf16le'), /UTF-16; save it as UTF-8/],
  ['Latin-1', 'yaml', Buffer.from('student: café', 'latin1'), /not UTF-8/],
  ['null', 'mjs', 'export default null;', /and holds null\.$/],
  ['nothing', 'mjs', 'export const a = 1;', /and holds undefined\.$/],
  ['a function', 'mjs', 'export default function made() {}', /and holds the function made\.$/],
  ['__proto__', 'mjs', 'export default { ["__proto__"]: { lr: 1 } };', /there is no key "__proto__"/],
];
for (const [what, extension, content, message] of refused) {
  test(`a .${extension} config of ${what} is refused`, async (t) => {
    const error = await t.throwsAsync(loadConfig(put(extension, content)), { code: 'KDX_CONFIG', message });
    t.true((error?.message.length ?? 0) < 400, error?.message);
  });
}

test('a folder in place of a config, and a byte order mark and Windows line ends in one', async (t) => {
  const sub = join(folder, 'sub.json');
  mkdirSync(sub);
  await t.throwsAsync(loadConfig(sub), { code: 'KDX_CONFIG', message: /it is a folder/ });
  t.deepEqual(await loadConfig(put('json', '\uFEFF{\r\n"lr": 1\r\n}\r\n')), { lr: 1 });
  t.deepEqual(await loadConfig(put('yaml', '\uFEFFlr: 1\r\nseed: 2\r\n')), { lr: 1, seed: 2 });
});

test('a missing config says where it was looked for', async (t) => {
  await t.throwsAsync(loadConfig('no/such.json'), {
    code: 'KDX_CONFIG_MISSING',
    message: `There is no config file no/such.json (looked for ${join(process.cwd(), 'no/such.json')}); check the path.`,
  });
});

const whole = { student: 'convnet', data: 'shapes' };
const refusal = (config: object): string => {
  try {
    parseRunConfig({ ...whole, ...config }, 'test');
  } catch (error) {
    return (error as Error).message;
  }
  return 'taken';
};

test('keys that every object inherits are unknown keys, at every level', async (t) => {
  for (const key of ['constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    t.regex(refusal({ [key]: { name: 'sgd' } }), new RegExp(`there is no key "${key}"`));
    t.regex(refusal({ optimizer: { name: 'sgd', [key]: 1 } }), new RegExp(`has no key "${key}"`));
    const source = await readConfig({
      file: put('json', JSON.stringify({ ...whole, [key]: 'sgd' })),
      recipe: undefined,
      layers: [],
    });
    t.throws(() => runOf(source), { code: 'KDX_CONFIG', message: new RegExp(`there is no key "${key}"`) });
    t.throws(
      () =>
        runOf({
          ...source,
          layers: [{ from: '--set', values: { ...whole, ...parseAssignment(`${key}.a.b=1`) } }],
        }),
      {
        code: 'KDX_CONFIG',
      },
    );
  }
  t.deepEqual(Object.keys(mergeLayers([{ from: 'a', values: { constructor: 'x' } }])), ['constructor']);
});

test('numbers: out of range, as text, not whole', (t) => {
  t.regex(refusal({ lr: 1e308 * 10 }), /lr .* got Infinity/);
  t.regex(refusal({ lr: Number.NaN }), /lr .* got NaN/);
  t.regex(refusal({ lr: '0.1' }), /lr takes a number and got "0\.1"/);
  t.regex(refusal({ epochs: 1e300 }), /epochs .* got 1e\+300/);
  t.regex(refusal({ seed: 2 ** 53 }), /seed .* got 9007199254740992/);
  t.regex(refusal({ epochs: 5n }), /epochs takes .* got 5n/);
  t.regex(refusal({ out: ' ' }), /out .* got " "/);
  t.regex(refusal({ teacherCache: '' }), /teacherCache .* got ""/);
});

test('the error of an object in place of a name says where objects can be given, and does not print it whole', (t) => {
  class Source {
    readonly name = 'mine';
    readonly train = { images: new Uint8Array(50_000) };
    readonly self = this;
  }
  const message = refusal({ data: new Source() });
  t.regex(
    message,
    /data takes a string and got an object of class Source with the keys name, train, self\. A config names its data; an object goes to distill\(\) in code/,
  );
  t.true(message.length < 300);
  t.regex(
    refusal({ student: () => 1 }),
    /student takes a string and got .*function.*A config names its student/,
  );
  t.regex(refusal({ plugins: [{ definition: { name: 'x' } }] }), /plugins\.?0? .*A config names its plugins/);
  const circular: Record<string, unknown> = { lr: 1 };
  circular.self = circular;
  t.regex(refusal({ lr: circular }), /lr takes a number and got an object with the keys lr, self/);
});

test('values as errors show them', (t) => {
  t.is(shownValue({ a: [1, null, 'x'] }), '{"a":[1,null,"x"]}');
  t.is(shownValue('x'.repeat(500)).length, 122);
  t.is(shownValue(Array.from({ length: 1000 }, () => 7)), 'a list of 1000');
  t.is(shownValue(new Map()), 'an object of class Map with no keys');
  t.is(shownValue(undefined), 'undefined');
  t.is(shownValue(-0.5), '-0.5');
});

test('--set and plugin options refuse JSON with a key twice, __proto__ and huge numbers', (t) => {
  for (const value of [
    '{"a":1,"a":2}',
    '{"a":{"__proto__":1}}',
    '1e999',
    '['.repeat(200) + ']'.repeat(200),
  ]) {
    t.throws(() => parseAssignment(`optimizer=${value}`), {
      code: 'KDX_SET',
      message: /^The value of --set /,
    });
    t.throws(() => parsePluginList(`kd:{"a":${value}}`), {
      code: 'KDX_PLUGIN_LIST',
      message: /line 1, column /,
    });
  }
  t.throws(() => parseAssignment('__proto__.lr=1'), { code: 'KDX_SET' });
  t.throws(() => parseAssignment('optimizer.__proto__=1'), { code: 'KDX_SET' });
  t.deepEqual(parseAssignment('a={"b":[1]}'), { a: { b: [1] } });
  t.deepEqual(parseAssignment('a={b'), { a: '{b' }, 'not JSON, so text');
});
