import test from 'ava';
import { encodeJpeg, listDataSets, openPool, passes, poolSource, resolveData } from '../index.js';
import { CLASS_NAMES, folderOf, type Made, pixelsOf, poolFiles } from './pool.test.helper.js';

/** Spec of DF-DearKD G18: three images with the verifier's probabilities of their targets 0, 0 and 2. */
const G18: readonly Made[] = [
  { target: 0, verified: 0.05 },
  { target: 0, verified: 0.4 },
  { target: 2, verified: 0.95 },
];

const labelsOf = ({ train }: { train: { labels: ArrayLike<number> } }) => Array.from(train.labels);

test('a pool is training data: its pixels under the classes they were made to be', async (t) => {
  const files = poolFiles([[{ target: 2 }, { target: 0 }], [{ target: 1 }]]);
  const directory = await folderOf(t, {
    ...files,
    'images/000/0007-000.png': 'of no batch',
    'pool.lock': '{}',
  });
  const data = await resolveData(`pool:${directory}?augment=flip`);
  t.deepEqual(labelsOf(data), [2, 0, 1]);
  t.deepEqual(data.labelNames, CLASS_NAMES);
  t.deepEqual(
    [data.imageSize, data.mean, data.std],
    [
      [2, 3, 3],
      [0.5, 0.4, 0.3],
      [0.2, 0.25, 0.3],
    ],
  );
  t.deepEqual([data.validation, data.test], [undefined, undefined]);
  t.is(data.name, `pool:${directory}?augment=flip`);
  t.is(data.augment[0].name, 'flip(0.5)');
  const image = new Float32Array(18);
  await data.train.read(2, image);
  t.deepEqual(
    [...image],
    pixelsOf(1, 0).map((value) => Math.fround(value / 255)),
  );
});

test('images that are too many for memory are decoded when they are read, and are the same', async (t) => {
  const pool = await openPool(await folderOf(t, poolFiles([G18])));
  const [kept, lazy] = [await poolSource(pool), await poolSource(pool, { memory: 0 })];
  t.is(kept.digest, lazy.digest);
  t.deepEqual(labelsOf(kept), labelsOf(lazy));
  const [a, b] = [new Float32Array(18), new Float32Array(18)];
  for (const index of [2, 0, 1]) {
    await kept.train.read(index, a);
    await lazy.train.read(index, b);
    t.deepEqual(a, b);
  }
  await t.throwsAsync(async () => lazy.train.read(3, b), { code: 'KDX_DATA_INDEX' });
});

test('G18: threshold keeps images by the probability of their target, an equal one too', async (t) => {
  const directory = await folderOf(t, poolFiles([G18]));
  const data = await resolveData(`pool:${directory}?threshold=0.1`);
  t.deepEqual(labelsOf(data), [0, 2]);
  const image = new Float32Array(18);
  await data.train.read(0, image);
  t.is(image[0], Math.fround(pixelsOf(0, 1)[0] / 255));
  t.deepEqual(labelsOf(await resolveData(`pool:${directory}?threshold=0.95`)), [2]);
  // As JavaScript writes numbers, which is how kdx synth passes them on.
  for (const same of ['1e-1', '.1']) {
    t.deepEqual(labelsOf(await resolveData(`pool:${directory}?threshold=${same}`)), [0, 2], same);
  }
  // What a network gives for 0.1 and 0.7 is their float32, one above and one below the decimal.
  for (const p of [0.1, 0.7]) t.true(passes(p, p) && passes(Math.fround(p), p));
  t.false(passes(0.0999, 0.1));
});

test('per-class takes the first of each class, or the most confident, and leaves small classes whole', async (t) => {
  const made: readonly Made[] = [
    { target: 0, verified: 0.2 },
    { target: 0, verified: 0.9 },
    { target: 1, verified: 0.3 },
    { target: 0, verified: 0.5 },
    { target: 0, verified: 0.05 },
  ];
  const pool = await openPool(await folderOf(t, poolFiles([made])));
  const places = async (options: Parameters<typeof poolSource>[1]) => {
    const data = await poolSource(pool, options);
    const image = new Float32Array(18);
    const found: number[] = [];
    for (let i = 0; i < data.train.length; i += 1) {
      await data.train.read(i, image);
      found.push(made.findIndex((_, place) => Math.fround(pixelsOf(0, place)[0] / 255) === image[0]));
    }
    return found;
  };
  t.deepEqual(await places({ perClass: 2 }), [0, 1, 2]);
  t.deepEqual(await places({ perClass: 2, pick: 'confident' }), [1, 2, 3]);
  t.deepEqual(await places({ perClass: 2, threshold: 0.3 }), [1, 2, 3]);
  t.deepEqual(await places({ perClass: 1, pick: 'confident', threshold: 0.1 }), [1, 2]);
  const unverified = await openPool(
    await folderOf(
      t,
      poolFiles([
        [
          { target: 1, inverted: 0.6 },
          { target: 1, inverted: 0.8 },
        ],
      ]),
    ),
  );
  const best = await poolSource(unverified, { perClass: 1, pick: 'confident' });
  const image = new Float32Array(18);
  await best.train.read(0, image);
  t.is(image[0], Math.fround(pixelsOf(0, 1)[0] / 255));
});

test('subsets draw class by class from what the filter left', async (t) => {
  const made = Array.from({ length: 12 }, (_, i): Made => ({ target: i % 3, verified: i < 3 ? 0 : 0.5 }));
  const directory = await folderOf(t, poolFiles([made]));
  const data = await resolveData(`pool:${directory}?threshold=0.5&train=6&validation=3`);
  t.deepEqual(labelsOf(data).sort(), [0, 0, 1, 1, 2, 2]);
  t.deepEqual(Array.from(data.validation?.labels ?? []).sort(), [0, 1, 2]);
  await t.throwsAsync(resolveData(`pool:${directory}?threshold=0.5&train=12`), { code: 'KDX_DATA_SUBSET' });
});

test('duplicates do not count', async (t) => {
  const files = poolFiles([
    [{ target: 0 }, { target: 0, duplicateOf: 'images/000/0000-000.png' }, { target: 1 }],
  ]);
  const pool = await openPool(await folderOf(t, files));
  t.deepEqual([pool.entries.length, pool.duplicates, pool.batches], [2, 1, 1]);
  t.deepEqual(
    pool.entries.map(({ file }) => file),
    ['images/000/0000-000.png', 'images/001/0000-002.png'],
  );
});

test('the digest follows pixels, classes and the selection, and not the place or scores', async (t) => {
  const digest = async (made: readonly Made[], query = '') =>
    (await resolveData(`pool:${await folderOf(t, poolFiles([made]))}${query}`)).digest;
  const original = await digest(G18);
  t.is(await digest(G18, '?augment=none'), original);
  t.is(await digest(G18.map((made) => ({ ...made, verified: 1 }))), original);
  const others = [
    await digest(G18.map(({ verified }) => ({ target: 1, verified }))),
    await digest([...G18].reverse()),
    await digest(G18, '?threshold=0.1'),
    await digest(G18, '?per-class=1'),
  ];
  t.is(new Set([original, ...others]).size, 5);
});

test('a threshold needs scores of one verifier', async (t) => {
  const none = await folderOf(t, poolFiles([[...G18, { target: 1 }]]));
  await t.throwsAsync(resolveData(`pool:${none}?threshold=0.1`), {
    code: 'KDX_POOL_UNVERIFIED',
    message: /^1 of the 4 images .* kdx synth --verify MODEL@WEIGHTS --out /,
  });
  const files = poolFiles([G18, G18]);
  const second = String(files['batches/0001.json']).replace('b'.repeat(64), 'c'.repeat(64));
  const two = await folderOf(t, { ...files, 'batches/0001.json': second });
  await t.throwsAsync(resolveData(`pool:${two}?threshold=0.1`), {
    code: 'KDX_POOL_UNVERIFIED',
    message: /judge@bbbbbbbb and judge@cccccccc/,
  });
  t.is((await openPool(two)).verifiers.length, 2);
});

test('a class may lose all its images, the pool may not', async (t) => {
  const directory = await folderOf(t, poolFiles([G18]));
  t.deepEqual(labelsOf(await resolveData(`pool:${directory}?threshold=0.9`)), [2]);
  await t.throwsAsync(resolveData(`pool:${directory}?threshold=0.99`), {
    code: 'KDX_POOL_EMPTY',
    message: /gives no target more than 0\.950, and threshold is 0\.99; lower it\.$/,
  });
  await t.throwsAsync(resolveData(`pool:${await folderOf(t, poolFiles([]))}`), {
    code: 'KDX_POOL_EMPTY',
    message: /no finished batch yet; run the same kdx synth command again\.$/,
  });
});

test('of a JPEG pool only the size is held against the metadata', async (t) => {
  const files = poolFiles([[{ target: 0 }]]);
  const description = {
    ...JSON.parse(String(files['pool.json'])),
    imageFormat: { type: 'jpeg', quality: 90 },
  };
  const jpeg = Buffer.from(await encodeJpeg(Uint8Array.from(pixelsOf(0, 0)), [2, 3, 3], 90));
  const directory = await folderOf(t, {
    'batches/0000.json': files['batches/0000.json'],
    'pool.json': JSON.stringify(description),
    'images/000/0000-000.jpg': jpeg,
  });
  const data = await resolveData(`pool:${directory}`);
  t.is(data.train.length, 1);
  t.not(data.digest, (await resolveData(`pool:${await folderOf(t, files)}`)).digest);
});

test('it is listed with its options', (t) => {
  const info = listDataSets().find(({ name }) => name === 'pool');
  t.is(info?.usage, 'pool:DIR');
  t.deepEqual(
    info?.options.map(({ name }) => name),
    ['threshold', 'per-class', 'pick', 'train', 'validation', 'subset-seed', 'augment'],
  );
});

test('options that make no sense are refused', async (t) => {
  const directory = await folderOf(t, poolFiles([G18]));
  for (const query of ['threshold=1.5', 'threshold=x', 'per-class=0', 'pick=best', 'test=3']) {
    await t.throwsAsync(resolveData(`pool:${directory}?${query}`), { code: 'KDX_DATA_OPTION' }, query);
  }
});
