import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { resolveData } from '../index.js';

const pixel = (record: number, channel: number, y: number, x: number): number =>
  (record * 31 + channel * 83 + y * 7 + x * 3) & 255;

/** Records as the official page describes them: label bytes, then the red, green and blue plane. */
function records(labels: readonly number[], coarse: boolean, first = 0): Buffer {
  return Buffer.concat(
    labels.map((label, i) => {
      const bytes: number[] = coarse ? [label % 20, label] : [label];
      for (let c = 0; c < 3; c += 1) {
        for (let y = 0; y < 32; y += 1) for (let x = 0; x < 32; x += 1) bytes.push(pixel(first + i, c, y, x));
      }
      return Buffer.from(bytes);
    }),
  );
}

async function temporary(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kdx-cifar-'));
  t.teardown(() => rm(directory, { recursive: true }));
  return directory;
}

const names = (count: number): string => Array.from({ length: count }, (_, k) => `class ${k}\n`).join('');

/** A CIFAR-100 of five training images and two test images; `files` replaces or adds files. */
async function cifar100(
  t: ExecutionContext,
  files: Record<string, string | Buffer | null> = {},
): Promise<string> {
  const parent = await temporary(t);
  const folder = join(parent, 'cifar-100-binary');
  await mkdir(folder);
  const all = {
    'train.bin': records([99, 0, 7, 7, 42], true),
    'test.bin': records([3, 99], true, 100),
    'fine_label_names.txt': names(100),
    ...files,
  };
  for (const [file, content] of Object.entries(all)) {
    if (content !== null) await writeFile(join(folder, file), content);
  }
  return parent;
}

const code = (expected: string, message: RegExp) => ({ code: expected, message });

test('CIFAR-100 records become NHWC images with their fine labels', async (t) => {
  const data = await resolveData(`cifar100:${await cifar100(t)}`);
  t.deepEqual(data.imageSize, [32, 32, 3]);
  t.deepEqual([...Array.from(data.train.labels)], [99, 0, 7, 7, 42]);
  t.deepEqual([...Array.from(data.test!.labels)], [3, 99]);
  t.is(data.validation, undefined);
  t.is(data.labelNames[42], 'class 42');
  const image = new Float32Array(3072);
  await data.train.read(2, image);
  for (const [y, x, c] of [
    [0, 0, 0],
    [0, 1, 0],
    [1, 0, 1],
    [31, 31, 2],
    [17, 5, 1],
  ]) {
    t.is(image[(y * 32 + x) * 3 + c], Math.fround(pixel(2, c, y, x) / 255));
  }
  await data.test!.read(1, image);
  t.is(image[2], Math.fround(pixel(101, 2, 0, 0) / 255));
  t.deepEqual(
    data.augment.map(({ name }) => name),
    ['crop(4)', 'flip(0.5)'],
  );
});

test('the directory may be the folder of the archive or the one it lies in', async (t) => {
  const parent = await cifar100(t);
  const outer = await resolveData(`cifar100:${parent}`);
  const inner = await resolveData(`cifar100:${join(parent, 'cifar-100-binary')}`);
  t.is(outer.digest, inner.digest);
  t.deepEqual(outer.labelNames, inner.labelNames);
});

test('CIFAR-10 joins its five training batches in order', async (t) => {
  const parent = await temporary(t);
  const folder = join(parent, 'cifar-10-batches-bin');
  await mkdir(folder);
  for (let k = 1; k <= 5; k += 1) {
    await writeFile(join(folder, `data_batch_${k}.bin`), records([k, 9 - k], false, 2 * k));
  }
  await writeFile(join(folder, 'test_batch.bin'), records([0], false));
  // The official file ends with an empty line.
  await writeFile(join(folder, 'batches.meta.txt'), `${names(10)}\n`);
  const data = await resolveData(`cifar10:${parent}?augment=none`);
  t.deepEqual([...Array.from(data.train.labels)], [1, 8, 2, 7, 3, 6, 4, 5, 5, 4]);
  const image = new Float32Array(3072);
  await data.train.read(7, image);
  t.is(image[(3 * 32 + 4) * 3 + 1], Math.fround(pixel(9, 1, 3, 4) / 255));
  t.deepEqual(data.augment, []);
});

test('the digest follows pixels, labels and subsets, and not the place or the transforms', async (t) => {
  const digest = async (files: Record<string, Buffer>, query = '') =>
    (await resolveData(`cifar100:${await cifar100(t, files)}${query}`)).digest;
  const original = await digest({});
  t.is(await digest({}, '?augment=none'), original);
  const repainted = records([99, 0, 7, 7, 42], true);
  repainted[3074 + 2] ^= 1;
  t.not(await digest({ 'train.bin': repainted }), original);
  t.not(await digest({ 'train.bin': records([99, 0, 7, 8, 42], true) }), original);
  const all = records(
    Array.from({ length: 100 }, (_, k) => k),
    true,
  );
  const variants = ['', '?train=50', '?test=50', '?train=50&subset-seed=1', '?train=50&validation=50'];
  const digests = await Promise.all(
    variants.map((query) => digest({ 'train.bin': all, 'test.bin': all }, query)),
  );
  t.is(new Set(digests).size, variants.length);
});

test('a missing directory says which files are expected and where they come from', async (t) => {
  const nowhere = join(await temporary(t), 'nowhere');
  await t.throwsAsync(
    resolveData(`cifar100:${nowhere}`),
    code(
      'KDX_DATA_MISSING',
      /CIFAR-100 was not found in ".*nowhere".* train\.bin, test\.bin, fine_label_names\.txt; run "kdx data fetch cifar100", or download https:.*cifar-100-binary\.tar\.gz/,
    ),
  );
});

test('a missing file is named alone', async (t) => {
  const parent = await cifar100(t, { 'test.bin': null });
  await t.throwsAsync(
    resolveData(`cifar100:${parent}`),
    code(
      'KDX_DATA_MISSING',
      /cifar-100-binary", which lacks test\.bin; run "kdx data fetch cifar100", or download/,
    ),
  );
});

test('a truncated file is told in bytes and records', async (t) => {
  const parent = await cifar100(t, { 'train.bin': records([1, 2, 3], true).subarray(0, 7000) });
  await t.throwsAsync(
    resolveData(`cifar100:${parent}`),
    code(
      'KDX_DATA_TRUNCATED',
      /train\.bin" has 7000 bytes.* 3074 bytes of a record \(2 records and 852 bytes\)/,
    ),
  );
  const empty = await cifar100(t, { 'test.bin': Buffer.alloc(0) });
  await t.throwsAsync(resolveData(`cifar100:${empty}`), code('KDX_DATA_TRUNCATED', /test\.bin" has 0 bytes/));
});

test('a label out of range is told with its record', async (t) => {
  const parent = await cifar100(t, { 'test.bin': records([5, 99, 100], true) });
  await t.throwsAsync(
    resolveData(`cifar100:${parent}`),
    code('KDX_DATA_LABEL', /^Record 2 of ".*test\.bin" has label 100, but labels of 100 classes are 0 to 99/),
  );
});

test('a file of class names must name every class', async (t) => {
  const parent = await cifar100(t, { 'fine_label_names.txt': names(99) });
  await t.throwsAsync(
    resolveData(`cifar100:${parent}`),
    code('KDX_DATA_NAMES', /names 99 classes instead of 100/),
  );
});

test('a sample that does not exist cannot be read', async (t) => {
  const { train } = await resolveData(`cifar100:${await cifar100(t)}`);
  const image = new Float32Array(3072);
  for (const index of [-1, 5, 0.5]) t.throws(() => train.read(index, image), { code: 'KDX_DATA_INDEX' });
});
