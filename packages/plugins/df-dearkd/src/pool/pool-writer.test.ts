import { mkdirSync } from 'node:fs';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePixels, encodePng, openPool, pixelHash, poolSource, resolveData } from '@kdx/data';
import test from 'ava';
import { differences } from './differences.js';
import { PoolWriter } from './pool-writer.js';
import { DESCRIPTION, filesOf, imagesOf, made, pixelsOf, temporary } from './pool-writer.test.helper.js';

const open = (directory: string, resume = true) => PoolWriter.open(directory, DESCRIPTION, { resume });

/** A pool of two batches of two images. */
async function twoBatches(directory: string): Promise<PoolWriter> {
  const writer = await open(directory);
  await writer.writeBatch(0, imagesOf(1, 2), made(0, 2));
  await writer.writeBatch(1, imagesOf(3, 4), made(1, 1));
  return writer;
}

test('what is written is what is read, in folders by class', async (t) => {
  const directory = join(await temporary(t), 'new', 'pool');
  await twoBatches(directory);
  t.deepEqual(
    [...(await filesOf(directory)).keys()],
    [
      'batches/0000.json',
      'batches/0001.json',
      'images/000/0000-000.png',
      'images/001/0001-000.png',
      'images/001/0001-001.png',
      'images/002/0000-001.png',
      'pool.json',
    ],
  );
  const pool = await openPool(directory, { checkPixels: true });
  t.deepEqual(pool.description, DESCRIPTION);
  t.deepEqual(
    pool.entries.map(({ batch, place, target }) => [batch, place, target]),
    [
      [0, 0, 0],
      [0, 1, 2],
      [1, 0, 1],
      [1, 1, 1],
    ],
  );
  t.deepEqual([...(await pool.read(pool.entries[3]))], pixelsOf(4));
  t.is(pool.entries[3].sha256, pixelHash(Uint8Array.from(pixelsOf(4))));
  t.deepEqual(
    (await decodePixels(join(directory, 'images/002/0000-001.png'))).data,
    Uint8Array.from(pixelsOf(2)),
  );
  const data = await resolveData(`pool:${directory}?augment=none`);
  t.deepEqual(Array.from(data.train.labels), [0, 2, 1, 1]);
});

test('images are rounded to 8 bits and clamped before they are compared and kept', async (t) => {
  const writer = await open(await temporary(t));
  const images = imagesOf(1, 1);
  images.forEach((_, i) => {
    if (i >= 60) images[i] += 0.4 / 255;
  });
  t.deepEqual(await writer.writeBatch(0, images, made(0, 1)), { images: 1, duplicates: 1 });
  await t.throwsAsync(writer.writeBatch(1, imagesOf(1).fill(Number.NaN), made(0)), {
    code: 'KDX_IMAGE_PIXEL',
  });
  t.is(writer.nextBatch(), 1);
  const bright = imagesOf(1).fill(1.7);
  await writer.writeBatch(1, bright, made(2));
  t.deepEqual([...(await writer.read(writer.entries(1)[0]))], Array<number>(60).fill(255));
});

test('an image that the pool has is noted, has no file and does not count, after a resume too', async (t) => {
  const directory = await temporary(t);
  await twoBatches(directory);
  const writer = await open(directory);
  t.is(writer.nextBatch(), 2);
  // A killed process may have left one where a duplicate now is.
  await writeFile(join(directory, 'images/001/0002-000.png'), 'half');
  t.deepEqual(await writer.writeBatch(2, imagesOf(2, 9, 9), made(1, 0, 0)), { images: 1, duplicates: 2 });
  const { images } = JSON.parse(await readFile(join(directory, 'batches/0002.json'), 'utf8'));
  t.deepEqual(
    images.map(({ duplicateOf }: { duplicateOf?: string }) => duplicateOf),
    ['images/002/0000-001.png', undefined, 'images/000/0002-001.png'],
  );
  const files = [...(await filesOf(directory)).keys()].filter((path) => path.includes('/0002-'));
  t.deepEqual(files, ['images/000/0002-001.png']);
  const pool = await openPool(directory);
  t.deepEqual([pool.entries.length, pool.duplicates], [5, 2]);
});

test('when images cannot be written, the pool is as it was and the batch is made again', async (t) => {
  const directory = await temporary(t);
  const writer = await twoBatches(directory);
  const before = await filesOf(directory);
  // A folder where the second image is to be: as with a full disk, the first is there already.
  const obstacle = join(directory, 'images/002/0002-001.png');
  await mkdir(join(obstacle, 'in-the-way'), { recursive: true });
  const write = () => writer.writeBatch(2, imagesOf(5, 6), made(0, 2));
  await t.throwsAsync(write(), { code: 'KDX_WRITE_FAILED', message: /0002-001\.png" could not be written/ });
  t.is((await openPool(directory, { checkPixels: true })).entries.length, 4);
  await rm(obstacle, { recursive: true });
  for (const [path, bytes] of before) t.deepEqual((await filesOf(directory)).get(path), bytes);
  t.is((await open(directory)).nextBatch(), 2);
  t.deepEqual(await write(), { images: 2, duplicates: 0 });
  t.is((await openPool(directory, { checkPixels: true })).entries.length, 6);
});

test('when the metadata cannot be written, images without it do not exist', async (t) => {
  const directory = await temporary(t);
  const writer = await twoBatches(directory);
  const obstacle = join(directory, 'batches/0002.json');
  const [first, second] = made(0, 2);
  // A folder takes the name of the file in the moment in which its text is made.
  const toJSON = () => mkdirSync(obstacle);
  const blocked = [{ ...first, inverted: { ...first.inverted, toJSON } }, second];
  await t.throwsAsync(writer.writeBatch(2, imagesOf(5, 6), blocked), { code: 'KDX_WRITE_FAILED' });
  t.true((await filesOf(directory)).has('images/002/0002-001.png'));
  await rm(obstacle, { recursive: true });
  t.is((await openPool(directory)).entries.length, 4);
  // Other pixels, as of a machine whose arithmetic differs: what the first try left is overwritten, and no duplicate.
  const again = await open(directory);
  t.deepEqual(await again.writeBatch(again.nextBatch(), imagesOf(6, 7), made(0, 2)), {
    images: 2,
    duplicates: 0,
  });
  t.is((await openPool(directory, { checkPixels: true })).entries.length, 6);
});

test('a batch of which anything is missing or damaged is made again', async (t) => {
  const image = 'images/002/0000-001.png';
  const spoil: Readonly<Record<string, (directory: string) => Promise<void>>> = {
    'image deleted': (directory) => rm(join(directory, image)),
    'image cut off': (directory) => truncate(join(directory, image), 60),
    'image of another size': async (directory) =>
      writeFile(join(directory, image), await encodePng(new Uint8Array(60), [5, 4, 3])),
    'image changed': async (directory) =>
      writeFile(join(directory, image), await encodePng(new Uint8Array(60), [4, 5, 3])),
    'metadata cut off': (directory) => truncate(join(directory, 'batches/0000.json'), 200),
    'metadata empty': (directory) => truncate(join(directory, 'batches/0000.json'), 0),
  };
  for (const [what, damage] of Object.entries(spoil)) {
    const directory = await temporary(t);
    await twoBatches(directory);
    const before = await filesOf(directory);
    await damage(directory);
    await t.throwsAsync(openPool(directory, { checkPixels: true }), { code: 'KDX_POOL_BROKEN' }, what);
    const writer = await open(directory);
    t.deepEqual([writer.nextBatch(), writer.batches], [0, [1]], what);
    t.is(writer.damaged.get(0)?.code, 'KDX_POOL_BROKEN');
    await writer.writeBatch(0, imagesOf(1, 2), made(0, 2));
    t.is(writer.nextBatch(), 2);
    t.deepEqual(await filesOf(directory), before, what);
  }
});

test('a deleted batch file is made again', async (t) => {
  const directory = await temporary(t);
  await twoBatches(directory);
  await rm(join(directory, 'batches/0000.json'));
  await t.throwsAsync(openPool(directory), { code: 'KDX_POOL_BROKEN' });
  const writer = await open(directory);
  t.is(writer.nextBatch(), 0);
  t.is(writer.damaged.size, 0);
});

test('a pool is continued only with what made it', async (t) => {
  const directory = await temporary(t);
  await twoBatches(directory);
  await t.throwsAsync(open(directory, false), { code: 'KDX_POOL_EXISTS', message: /with resume/ });
  const other = {
    ...DESCRIPTION,
    seed: 1,
    inverted: { name: 'convnet', sha256: 'c'.repeat(64) },
    settings: { phases: [{ iterations: 20, scale: 1 }], lr: 0.2, weights: { tvL2: 1e-4, l2: 1 } },
  };
  const error = await t.throwsAsync(PoolWriter.open(directory, other, { resume: true }), {
    code: 'KDX_POOL_MISMATCH',
  });
  for (const part of [
    'seed is 0 there and 1 here',
    `inverted.sha256 is "${'a'.repeat(64)}" there and "${'c'.repeat(64)}" here`,
    'settings.lr is 0.1 there and 0.2 here',
    'settings.weights.l2 is not set there and 1 here',
  ]) {
    t.true(error?.message.includes(part), error?.message);
  }
  t.is(error?.message.split(' there and ').length, 5);
  await rm(join(directory, 'pool.json'));
  await t.throwsAsync(open(directory), { code: 'KDX_POOL_BROKEN', message: /no pool\.json/ });
});

test('differences of lists are told by what is first another, or by their lengths', (t) => {
  const list = (length: number) => Array.from({ length }, (_, i) => i);
  t.deepEqual(differences({ a: list(20), b: [1] }, { a: list(20), b: [1] }), []);
  t.deepEqual(differences({ a: [1, 2] }, { a: [1, 3, 4] }), ['a is [1,2] there and [1,3,4] here']);
  t.deepEqual(differences({ a: list(20) }, { a: list(30) }), ['a has 20 entries there and 30 here']);
  t.deepEqual(differences({ a: list(9) }, { a: [...list(8), 7] }), ['a.8 is 8 there and 7 here']);
  t.deepEqual(differences({ a: null }, { a: {} }), ['a is null there and {} here']);
  t.deepEqual(differences({ a: [] }, { a: {} }), ['a is [] there and {} here']);
});

test('scores that come later are the same pool with a filter', async (t) => {
  const directory = await temporary(t);
  const writer = await twoBatches(directory);
  await writer.writeBatch(2, imagesOf(1, 8), made(1, 1));
  const { digest } = await poolSource(await openPool(directory));
  const judge = { name: 'judge', sha256: 'b'.repeat(64) };
  const score = (target: number) => ({ target, top1: 1, confidence: 0.5 });
  for (const [batch, scores] of [[0.1, 0.05], [0.3, 0.02], [0.7]].entries()) {
    writer.updateScores(batch, judge, scores.map(score));
  }
  t.deepEqual((await open(directory)).verifierOf(2), judge);
  t.throws(() => writer.updateScores(2, judge, [score(1), score(1)]), {
    code: 'KDX_POOL_BATCH',
    message: /has 1 images and was given 2 scores/,
  });
  t.throws(() => writer.updateScores(3, judge, []), { code: 'KDX_POOL_BATCH', message: /was not made yet/ });
  const pool = await openPool(directory, { checkPixels: true });
  t.is((await poolSource(pool)).digest, digest);
  const kept = await poolSource(pool, { threshold: 0.1 });
  t.deepEqual(Array.from(kept.train.labels), [0, 1, 1]);
});

test('a batch must fit itself and the pool', async (t) => {
  const writer = await twoBatches(await temporary(t));
  const refused = (message: RegExp) => ({ code: 'KDX_POOL_BATCH', message });
  await t.throwsAsync(writer.writeBatch(0, imagesOf(7), made(0)), refused(/it is there already/));
  await t.throwsAsync(
    writer.writeBatch(2, imagesOf(7), made(0, 1)),
    refused(/120 values, and it was given 60/),
  );
  await t.throwsAsync(writer.writeBatch(2, imagesOf(7), made(3)), refused(/class 3 of 3/));
  const scored = made(0).map((image) => ({ ...image, verified: image.inverted }));
  await t.throwsAsync(writer.writeBatch(2, imagesOf(7), scored), refused(/no named verifier/));
  const wrong = { ...DESCRIPTION, seed: 0.5 };
  await t.throwsAsync(PoolWriter.open(await temporary(t), wrong, { resume: true }), {
    code: 'KDX_POOL_DESCRIPTION',
    message: /this "seed"/,
  });
});

test('a JPEG pool knows its images by their pixels before they lost any', async (t) => {
  const directory = await temporary(t);
  const description = { ...DESCRIPTION, imageFormat: { type: 'jpeg', quality: 80 } } as const;
  const writer = await PoolWriter.open(directory, description, { resume: true });
  await writer.writeBatch(0, imagesOf(1, 2), made(0, 2));
  const again = await PoolWriter.open(directory, description, { resume: true });
  t.is(again.damaged.size, 0);
  t.deepEqual(await again.writeBatch(1, imagesOf(2, 3), made(2, 2)), { images: 1, duplicates: 1 });
  const pool = await openPool(directory, { checkPixels: true });
  t.deepEqual(
    pool.entries.map(({ file }) => file),
    ['images/000/0000-000.jpg', 'images/002/0000-001.jpg', 'images/002/0001-001.jpg'],
  );
  t.is(pool.entries[0].sha256, pixelHash(Uint8Array.from(pixelsOf(1))));
  t.notDeepEqual([...(await pool.read(pool.entries[0]))], pixelsOf(1));
});
