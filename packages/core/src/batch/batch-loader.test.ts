import test from 'ava';
import { type RunSettingsInput } from '../settings/settings.js';
import { tinyData } from '../train/tiny-run.test.helper.js';
import { plain, tinyLoader } from './tiny-loader.test.helper.js';

const jitter = {
  name: 'jitter',
  apply: ({ data }: { data: Float32Array }, rng: { uniform(): number }) => {
    for (let i = 0; i < data.length; i++) data[i] += 0.1 * rng.uniform();
  },
};
const loaderOf = (settings: RunSettingsInput = {}, train = 10, classes = 3) =>
  tinyLoader(tinyData({ train, classes, augment: [jitter] }), settings);

test('any batch of any epoch is the same whatever was loaded before it', async (t) => {
  const settings = { mixup: 0.8 };
  const forwards = loaderOf(settings);
  const batches = new Map<string, unknown>();
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let step = 0; step < 3; step++)
      batches.set(`${epoch} ${step}`, plain(await forwards.load(epoch, step, 0)));
  }
  const backwards = loaderOf(settings);
  for (const key of [...batches.keys()].reverse()) {
    const [epoch, step] = key.split(' ').map(Number);
    t.deepEqual(plain(await backwards.load(epoch, step, 0)), batches.get(key));
  }
  const together = await Promise.all(
    [...batches.keys()].map((key) => {
      const [epoch, step] = key.split(' ').map(Number);
      return backwards.load(epoch, step, 0);
    }),
  );
  t.deepEqual(together.map(plain), [...batches.values()], 'and whatever is loaded beside it');
});

test('an epoch shows each image once, in an order of its own', async (t) => {
  const loader = loaderOf();
  const orderOf = (epoch: number) => [0, 1, 2].flatMap((step) => [...loader.indices(epoch, step, 0)]);
  const all = Array.from({ length: 10 }, (_, index) => index);
  t.deepEqual(
    orderOf(0).toSorted((a, b) => a - b),
    all,
  );
  t.notDeepEqual(orderOf(0), orderOf(1));
  t.notDeepEqual(
    orderOf(0),
    [0, 1, 2].flatMap((step) => [...loaderOf({ seed: 1 }).indices(0, step, 0)]),
  );
});

test('labels and images belong to the indices', async (t) => {
  const loader = loaderOf();
  const { indices, images, labels, targets } = await loader.load(1, 0, 0);
  for (const [row, index] of indices.entries()) {
    t.is(labels[row], index % 3);
    t.deepEqual(
      [...targets.subarray(row * 3, row * 3 + 3)],
      [0, 1, 2].map((k) => (k === index % 3 ? 1 : 0)),
    );
    t.deepEqual([...images.subarray(row * 16, row * 16 + 16)], [...(await loader.image(1, index))]);
  }
});

test('augmentation is keyed by epoch and sample, not by the place in a batch', async (t) => {
  const wide = loaderOf({ batch: 10 });
  const narrow = loaderOf({ batch: 1 });
  const { indices, images } = await wide.load(0, 0, 0);
  for (let row = 0; row < 10; row++) {
    const one = await narrow.load(0, row, 0);
    t.deepEqual([...one.indices], [indices[row]], 'the order does not depend on the batch either');
    t.deepEqual([...one.images], [...images.subarray(row * 16, row * 16 + 16)]);
  }
  t.notDeepEqual([...(await wide.image(0, 3))], [...(await wide.image(1, 3))]);
});

test('the last batch holds what is left', async (t) => {
  const sizes = await Promise.all(
    [0, 1, 2].map(async (step) => (await loaderOf().load(0, step, 0)).indices.length),
  );
  t.deepEqual(sizes, [4, 4, 2]);
});

test('accumulation splits a step, the last one into fewer and shorter batches', async (t) => {
  const sizes = async (settings: RunSettingsInput, train: number, steps: number) => {
    const loader = loaderOf(settings, train);
    const split: number[][] = [];
    for (let step = 0; step < steps; step++) {
      const micros = Array.from(
        { length: loader.microBatches(step) },
        (_, micro) => loader.indices(0, step, micro).length,
      );
      split.push(micros);
    }
    return split;
  };
  t.deepEqual(await sizes({ batch: 2, accumulate: 3 }, 16, 3), [
    [2, 2, 2],
    [2, 2, 2],
    [2, 2],
  ]);
  t.deepEqual(await sizes({ batch: 2, accumulate: 3 }, 13, 3), [[2, 2, 2], [2, 2, 2], [1]]);
  t.deepEqual(await sizes({ batch: 2, accumulate: 3 }, 15, 3), [
    [2, 2, 2],
    [2, 2, 2],
    [2, 1],
  ]);
  t.deepEqual(await sizes({ batch: 2, accumulate: 3, dropLast: true }, 15, 2), [
    [2, 2, 2],
    [2, 2, 2],
  ]);
  t.deepEqual(await sizes({ batch: 4 }, 1, 1), [[1]]);
});

test('micro-batches of a step are mixed by draws of their own', async (t) => {
  const loader = loaderOf({ batch: 2, accumulate: 2, mixup: 0.8 }, 8, 8);
  const lams: number[] = [];
  for (const [step, micro] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]) {
    const { targets } = await loader.load(0, step, micro);
    lams.push(Math.max(...targets));
  }
  t.is(new Set(lams).size, 4, String(lams));
});
