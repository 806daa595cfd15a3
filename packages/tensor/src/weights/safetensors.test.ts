import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { isKdxError } from '../errors/kdx-error.js';
import { writeFailure } from '../files/write-failure.js';
import { type HostTensor } from './host-tensor.js';
import { readSafetensors, readSafetensorsHeader } from './safetensors-reader.js';
import { writeSafetensors } from './safetensors-writer.js';

const folder = await mkdtemp(join(tmpdir(), 'kdx-safetensors-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

let files = 0;
const fresh = () => join(folder, `${++files}.safetensors`);

/** A file built by hand: u64 length, header, data. */
async function fileOf(
  header: string | object,
  data: Uint8Array = new Uint8Array(),
  length?: bigint,
): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  const file = fresh();
  await writeFile(file, Buffer.concat([prefix, json, data]));
  return file;
}

async function rejects(
  t: ExecutionContext,
  promise: Promise<unknown>,
  code: string,
  message: RegExp,
): Promise<void> {
  const error = await t.throwsAsync(promise, { message });
  t.true(isKdxError(error), String(error));
  t.is((error as { code?: string }).code, code);
}

const one = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };

test('a hand-built file is read dtype by dtype', async (t) => {
  const data = Buffer.alloc(42);
  data.writeFloatLE(1.5, 0);
  data.writeFloatLE(-2, 4);
  data.writeUInt16LE(0x3c00, 8); // F16 1
  data.writeUInt16LE(0xc100, 10); // F16 −2.5
  data.writeUInt16LE(0x0001, 12); // F16 2⁻²⁴, the smallest subnormal
  data.writeUInt16LE(0x7c00, 14); // F16 ∞
  data.writeUInt16LE(0x3fc0, 16); // BF16 1.5
  data.writeInt32LE(-7, 18);
  data.writeBigInt64LE(-(2n ** 31n), 22);
  data.writeBigInt64LE(2n ** 31n - 1n, 30);
  data.set([255, 3, 1, 0], 38);
  const file = await fileOf(
    {
      __metadata__: { format: 'pt' },
      f: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
      h: { dtype: 'F16', shape: [4], data_offsets: [8, 16] },
      b: { dtype: 'BF16', shape: [], data_offsets: [16, 18] },
      i: { dtype: 'I32', shape: [1], data_offsets: [18, 22] },
      l: { dtype: 'I64', shape: [2], data_offsets: [22, 38] },
      u: { dtype: 'U8', shape: [2], data_offsets: [38, 40] },
      o: { dtype: 'BOOL', shape: [2], data_offsets: [40, 42] },
      empty: { dtype: 'F32', shape: [0, 3], data_offsets: [42, 42] },
    },
    data,
  );
  const { tensors, metadata } = await readSafetensors(file);
  t.deepEqual(metadata, { format: 'pt' });
  t.deepEqual(tensors.get('f'), { dtype: 'F32', shape: [2, 1], data: Float32Array.of(1.5, -2) });
  t.deepEqual(tensors.get('h')?.data, Float32Array.of(1, -2.5, 2 ** -24, Infinity));
  t.deepEqual(tensors.get('b'), { dtype: 'BF16', shape: [], data: Float32Array.of(1.5) });
  t.deepEqual(tensors.get('i')?.data, Int32Array.of(-7));
  t.deepEqual(tensors.get('l')?.data, Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
  t.deepEqual(tensors.get('u')?.data, Uint8Array.of(255, 3));
  t.deepEqual(tensors.get('o')?.data, Uint8Array.of(1, 0));
  t.deepEqual(tensors.get('empty'), { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) });
});

test('the header alone tells names, dtypes, shapes and metadata', async (t) => {
  const file = await fileOf({ __metadata__: { a: 'b' }, w: one }, new Uint8Array(4));
  const header = await readSafetensorsHeader(file);
  t.deepEqual(header.metadata, { a: 'b' });
  t.deepEqual([...header.tensors], [['w', { dtype: 'F32', shape: [1], offsets: [0, 4] }]]);
});

test('what is written is these very bytes', async (t) => {
  const file = fresh();
  const tensors = new Map<string, HostTensor>([
    ['u', { shape: [1], data: Uint8Array.of(9) }],
    ['b', { shape: [1], data: Int32Array.of(-1) }],
    ['a', { shape: [2, 1], data: Float32Array.of(1, -2) }],
  ]);
  await writeSafetensors(file, tensors, { z: '1', k: 'é' });
  const json =
    '{"__metadata__":{"k":"é","z":"1"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
    '"b":{"dtype":"I32","shape":[1],"data_offsets":[8,12]},"u":{"dtype":"U8","shape":[1],"data_offsets":[12,13]}}';
  const padded = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  const bytes = await readFile(file);
  t.is(bytes.readBigUInt64LE(0), BigInt(padded.length));
  t.is(padded.length % 8, 0);
  t.deepEqual(bytes.subarray(8, 8 + padded.length), padded);
  t.is(
    bytes.subarray(8 + padded.length).toString('hex'),
    ['0000803f', '000000c0', 'ffffffff', '09'].join(''),
  );
});

test('equal content gives equal bytes whatever the order, and reads back equal', async (t) => {
  const entries: [string, HostTensor][] = [
    ['b', { shape: [3], data: Float32Array.of(Number.NaN, -0, 1e-45) }],
    ['a', { shape: [], data: Int32Array.of(5) }],
    ['__proto__', { shape: [1], data: Float32Array.of(2) }],
    ['constructor', { shape: [0], data: new Uint8Array(0) }],
  ];
  const [first, second] = [fresh(), fresh()];
  await writeSafetensors(first, new Map(entries), { x: '1', y: '2' });
  await writeSafetensors(second, new Map(entries.reverse()), { y: '2', x: '1' });
  t.deepEqual(await readFile(first), await readFile(second));
  const { tensors } = await readSafetensors(first);
  t.is(tensors.size, 4);
  for (const [name, { shape, data }] of entries) {
    t.deepEqual(tensors.get(name)?.shape, shape);
    t.deepEqual(tensors.get(name)?.data, data);
  }
});

test('views into larger buffers are written as what they show', async (t) => {
  const file = fresh();
  await writeSafetensors(
    file,
    new Map([['v', { shape: [2], data: new Float32Array([1, 2, 3, 4]).subarray(1, 3) }]]),
  );
  t.deepEqual((await readSafetensors(file)).tensors.get('v')?.data, Float32Array.of(2, 3));
});

test('no tensors at all is a file too', async (t) => {
  const file = fresh();
  await writeSafetensors(file, new Map());
  t.is((await readSafetensors(file)).tensors.size, 0);
  t.is((await readFile(file)).length, 16);
});

test('__proto__ is a name like any other, in tensors and in metadata', async (t) => {
  const json =
    '{"__metadata__":{"__proto__":"polluted"},"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
  const { tensors, metadata } = await readSafetensors(await fileOf(json, new Uint8Array(4)));
  t.deepEqual([...tensors.keys()], ['__proto__']);
  t.true(Object.hasOwn(metadata, '__proto__'));
  t.is(Object.getPrototypeOf(metadata), Object.prototype);
  t.false('polluted' in {});
});

test('files too short for what they announce', async (t) => {
  const short = fresh();
  await writeFile(short, Buffer.alloc(7));
  await rejects(t, readSafetensors(short), 'KDX_WEIGHTS_TRUNCATED', /has 7 bytes/);
  await rejects(
    t,
    readSafetensors(await fileOf('{}', undefined, 50n)),
    'KDX_WEIGHTS_TRUNCATED',
    /header takes 50/,
  );
  await rejects(
    t,
    readSafetensors(await fileOf({ w: one }, new Uint8Array(3))),
    'KDX_WEIGHTS_TRUNCATED',
    /"w" ends at byte 4 of the data, which has 3/,
  );
});

test('a huge header length is refused before anything is allocated', async (t) => {
  for (const length of [100_000_001n, 2n ** 53n, 2n ** 64n - 1n]) {
    await rejects(
      t,
      readSafetensors(await fileOf('{}', undefined, length)),
      'KDX_WEIGHTS_MALFORMED',
      new RegExp(`header of ${length} bytes`),
    );
  }
});

const malformations: [title: string, header: string | object, data: number, message: RegExp][] = [
  ['a header that is not JSON', '{"w":', 0, /header is not JSON/],
  ['an empty header', '', 0, /header is not JSON/],
  ['a header that is a list', '[]', 0, /not an object/],
  ['a header that is null', 'null', 0, /not an object/],
  ['an entry that is a number', { w: 1 }, 0, /entry of tensor "w" is not an object/],
  ['metadata of numbers', { __metadata__: { epoch: 3 } }, 0, /__metadata__ does not map/],
  ['metadata that is text', { __metadata__: 'x' }, 0, /__metadata__ does not map/],
  ['an unknown dtype', { w: { ...one, dtype: 'F64' } }, 4, /dtype "F64".*F32, F16/],
  ['a dtype from the prototype', { w: { ...one, dtype: 'toString' } }, 4, /dtype "toString"/],
  ['a missing dtype', { w: { shape: [1], data_offsets: [0, 4] } }, 4, /dtype undefined/],
  ['a shape that is text', { w: { ...one, shape: '1' } }, 4, /has the shape "1"/],
  ['a negative size', { w: { ...one, shape: [-1] } }, 4, /has the shape \[-1\]/],
  ['a fractional size', { w: { ...one, shape: [0.5] } }, 4, /has the shape \[0.5\]/],
  ['three offsets', { w: { ...one, data_offsets: [0, 4, 8] } }, 4, /has the offsets \[0,4,8\]/],
  ['offsets that run backwards', { w: { ...one, data_offsets: [4, 0] } }, 4, /has the offsets \[4,0\]/],
  ['negative offsets', { w: { ...one, data_offsets: [-4, 0] } }, 4, /has the offsets \[-4,0\]/],
  ['a range that is not shape × dtype', { w: { ...one, shape: [2] } }, 4, /needs 8 bytes and has 4/],
  [
    'a shape whose product overflows',
    { w: { ...one, shape: [2 ** 40, 2 ** 40] } },
    4,
    /needs .* bytes and has 4/,
  ],
  [
    'overlapping tensors',
    { a: { ...one, shape: [2], data_offsets: [0, 8] }, b: { ...one, data_offsets: [4, 8] } },
    8,
    /"a" and "b" overlap/,
  ],
  [
    'a hole between tensors',
    { a: one, b: { ...one, data_offsets: [8, 12] } },
    12,
    /4 bytes before tensor "b"/,
  ],
  ['a hole at the start', { a: { ...one, data_offsets: [4, 8] } }, 8, /4 bytes before tensor "a"/],
  ['trailing bytes', { a: one }, 6, /2 bytes after the last tensor/],
  [
    'a tensor named twice',
    '{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0077":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    4,
    /names "w" twice/,
  ],
  [
    'a field named twice',
    '{"w":{"dtype":"F32","shape":[1], "shape" : [1],"data_offsets":[0,4]}}',
    4,
    /names "shape" twice/,
  ],
];

for (const [title, header, data, message] of malformations) {
  test(`refused: ${title}`, async (t) => {
    const file = await fileOf(header, new Uint8Array(data));
    await rejects(t, readSafetensors(file), 'KDX_WEIGHTS_MALFORMED', message);
    await rejects(t, readSafetensorsHeader(file), 'KDX_WEIGHTS_MALFORMED', new RegExp(file));
  });
}

test('braces, colons and quotes inside names are no keys', async (t) => {
  const name = 'a":{"b\\';
  const header = { [name]: one, __metadata__: { a: '{"w":1,"w":2}', w: '"w":' } };
  t.deepEqual([...(await readSafetensors(await fileOf(header, new Uint8Array(4)))).tensors.keys()], [name]);
});

test('a header that is not UTF-8 is refused', async (t) => {
  const file = fresh();
  await writeFile(file, Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x7d]));
  await rejects(t, readSafetensors(file), 'KDX_WEIGHTS_MALFORMED', /header is not JSON/);
});

test('I64 beyond 32 bits is refused by value', async (t) => {
  const data = Buffer.alloc(8);
  data.writeBigInt64LE(2n ** 31n);
  const file = await fileOf({ n: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, data);
  await rejects(t, readSafetensors(file), 'KDX_WEIGHTS_MALFORMED', /"n" holds 2147483648/);
});

test('a missing file and a folder have sentences of their own', async (t) => {
  await rejects(
    t,
    readSafetensors(join(folder, 'none')),
    'KDX_WEIGHTS_MISSING',
    /no weight file "[^"]*none"; check/,
  );
  const relative = readSafetensors('no/such.safetensors');
  await rejects(
    t,
    relative,
    'KDX_WEIGHTS_MISSING',
    new RegExp(`\\(looked for ${join(process.cwd(), 'no/such.safetensors')}\\)`),
  );
  await rejects(t, readSafetensors(folder), 'KDX_READ_FAILED', /is not a file/);
});

test('a write into a folder that is not there fails with the remedy and leaves nothing', async (t) => {
  await rejects(
    t,
    writeSafetensors(join(folder, 'none', 'w.safetensors'), new Map()),
    'KDX_WRITE_FAILED',
    /none.*folder does not exist/,
  );
  const own = await mkdtemp(join(folder, 'taken-'));
  await writeFile(join(own, 'file'), '');
  const inFile = join(own, 'file', 'w');
  await rejects(t, writeSafetensors(inFile, new Map()), 'KDX_WRITE_FAILED', /is a file, not a folder/);
  await mkdir(join(own, 'w'));
  await rejects(t, writeSafetensors(join(own, 'w'), new Map()), 'KDX_WRITE_FAILED', /a folder of that name/);
  t.deepEqual(await readdir(own), ['file', 'w']);
});

test('each way a disk refuses has its remedy', (t) => {
  const failed = (code: string) => writeFailure('/out/w', Object.assign(new Error(`${code}: no`), { code }));
  t.regex(failed('ENOSPC').message, /"\/out\/w".*disk is full.*--out/);
  t.regex(failed('EACCES').message, /may not write there.*--out/);
  t.regex(failed('EROFS').message, /read-only.*--out/);
  t.regex(failed('EIO').message, /EIO: no.*--out/);
  t.is(failed('EIO').code, 'KDX_WRITE_FAILED');
});

test('a write that fails half-way keeps the old file and removes the new part', async (t) => {
  if (process.platform === 'win32') {
    t.pass('needs a shell with ulimit');
    return;
  }
  const own = await mkdtemp(join(folder, 'limited-'));
  const file = join(own, 'w.safetensors');
  await writeSafetensors(file, new Map([['w', { shape: [1], data: Float32Array.of(3) }]]));
  const index = fileURLToPath(new URL('../index.js', import.meta.url));
  const script = `
    const { writeSafetensors } = await import(${JSON.stringify(index)});
    const data = new Float32Array(1e6);
    await writeSafetensors(${JSON.stringify(file)}, new Map([['w', { shape: [1e6], data }]])).then(
      () => console.log('written'), (error) => console.log(error.code, error.message));`;
  // No file of this shell may pass 64 blocks: the fifth of 4 MB arrives and the rest does not.
  const limited = `trap '' XFSZ; ulimit -f 64; exec "$0" --input-type=module -e "$1"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', limited, process.execPath, script]);
  t.regex(stdout, /KDX_WRITE_FAILED .*no file this large/);
  t.deepEqual((await readSafetensors(file)).tensors.get('w')?.data, Float32Array.of(3));
  t.deepEqual(await readdir(own), ['w.safetensors']);
});

test('data and shape must agree before anything is opened', async (t) => {
  const file = fresh();
  await rejects(
    t,
    writeSafetensors(file, new Map([['w', { shape: [2], data: Float32Array.of(1) }]])),
    'KDX_WEIGHTS_MISMATCH',
    /"w" of shape \[2\] takes 2 numbers and was given 1/,
  );
  await rejects(
    t,
    writeSafetensors(file, new Map([['__metadata__', { shape: [], data: Float32Array.of(1) }]])),
    'KDX_WEIGHTS_MISMATCH',
    /rename it/,
  );
});
