import type { Split } from '@kdx/core';
import test from 'ava';
import { fromArrays, resolveData, withSubsets } from '../index.js';

/** `sizes[k]` one-pixel images of class k, interleaved; the pixel is the sample's own number. */
function numbered(sizes: readonly number[], test = 0) {
  const labels: number[] = [];
  for (let round = 0; round < Math.max(...sizes); round += 1) {
    for (const [k, size] of sizes.entries()) if (round < size) labels.push(k);
  }
  const images = (count: number) => Float32Array.from({ length: count }, (_, i) => i / 1024);
  return fromArrays({
    images: images(labels.length),
    labels,
    imageSize: [1, 1, 1],
    labelNames: sizes.map((_, k) => `class ${k}`),
    ...(test > 0 && {
      test: { images: images(test), labels: Array.from({ length: test }, (_, i) => i % sizes.length) },
    }),
  });
}

const samples = (split: Split): number[] => {
  const out = new Float32Array(1);
  return Array.from({ length: split.length }, (_, i) => {
    split.read(i, out);
    return out[0] * 1024;
  });
};
const perClass = (split: Split, classes: number): number[] => {
  const counts = new Array<number>(classes).fill(0);
  for (const label of Array.from(split.labels)) counts[label] += 1;
  return counts;
};
const overlap = (a: readonly number[], b: readonly number[]) => a.filter((x) => b.includes(x));

test('subsets are balanced, ascending and disjoint, with the labels of their images', (t) => {
  const whole = numbered([50, 50, 50, 50]);
  const { train, validation } = withSubsets(whole, { train: 40, validation: 20 });
  t.deepEqual(perClass(train, 4), [10, 10, 10, 10]);
  t.deepEqual(perClass(validation!, 4), [5, 5, 5, 5]);
  const [trained, validated] = [samples(train), samples(validation!)];
  t.deepEqual(overlap(trained, validated), []);
  for (const chosen of [trained, validated])
    t.deepEqual(
      chosen,
      [...new Set(chosen)].sort((a, b) => a - b),
    );
  t.deepEqual(
    trained.map((i) => whole.train.labels[i]),
    Array.from(train.labels),
  );
});

test('what does not divide evenly is off by at most one, to the last image', (t) => {
  const whole = numbered([7, 7, 7]);
  for (let train = 1; train <= 20; train += 1) {
    const parts = withSubsets(whole, { train, validation: 21 - train });
    for (const [split, length] of [
      [parts.train, train],
      [parts.validation!, 21 - train],
    ] as const) {
      const counts = perClass(split, 3);
      t.is(split.length, length);
      t.true(Math.max(...counts) - Math.min(...counts) <= 1);
    }
    t.is(new Set([...samples(parts.train), ...samples(parts.validation!)]).size, 21);
  }
});

test('the seed chooses, and chooses the same again', (t) => {
  const whole = numbered([100, 100]);
  const of = (seed?: number) => samples(withSubsets(whole, { train: 20, validation: 10, seed }).train);
  t.deepEqual(of(), of(0));
  t.deepEqual(of(3), of(3));
  t.notDeepEqual(of(0), of(1));
  // 20 of 200 drawn evenly: the mean index is 99.5 ± 12.2.
  const mean = of(0).reduce((sum, i) => sum + i, 0) / 20;
  t.true(Math.abs(mean - 99.5) < 4 * 12.2);
});

test('a smaller subset lies in a larger one, and validation does not move', (t) => {
  const whole = numbered([60, 60, 60]);
  const small = withSubsets(whole, { train: 30, validation: 15 });
  const large = withSubsets(whole, { train: 90, validation: 15 });
  t.deepEqual(overlap(samples(small.train), samples(large.train)), samples(small.train));
  t.deepEqual(samples(small.validation!), samples(large.validation!));
});

test('shares are of the split they come from', (t) => {
  const whole = numbered([50, 50], 40);
  const parts = withSubsets(whole, {
    train: { value: 20, unit: 'percent' },
    validation: { value: 10, unit: 'percent' },
    test: { value: 50, unit: 'percent' },
  });
  t.deepEqual([parts.train.length, parts.validation!.length, parts.test!.length], [20, 10, 20]);
  t.deepEqual(perClass(parts.test!, 2), [10, 10]);
});

test('a share of fewer images than classes is refused, and that many images are not', (t) => {
  const whole = numbered([50, 50, 50, 50]);
  const percent = (value: number) => withSubsets(whole, { train: { value, unit: 'percent' } });
  t.throws(() => percent(1), {
    code: 'KDX_DATA_SUBSET',
    message:
      /^train=1% is 2 images for 4 classes, some of which would have none; .* train=2 where that is meant\.$/,
  });
  t.throws(() => percent(0.5), { message: /^train=0\.5% is 1 image for/ });
  t.deepEqual(perClass(percent(2).train, 4), [1, 1, 1, 1]);
  t.is(withSubsets(whole, { train: 2 }).train.length, 2);
  t.is(withSubsets(whole, { train: { value: 2, unit: 'images' } }).train.length, 2);
});

test('validation alone leaves all other images to train on', (t) => {
  const parts = withSubsets(numbered([7, 7]), { validation: 4 });
  t.deepEqual(perClass(parts.validation!, 2), [2, 2]);
  t.deepEqual(perClass(parts.train, 2), [5, 5]);
});

test('uneven classes give their shares, in numbers of images as in percent', (t) => {
  const whole = numbered([90, 60, 10], 0);
  const percent = (value: number) => ({ value, unit: 'percent' }) as const;
  for (const validation of [percent(20), 32]) {
    const parts = withSubsets(whole, { validation });
    t.deepEqual(perClass(parts.validation!, 3), [18, 12, 2]);
    t.deepEqual(perClass(parts.train, 3), [72, 48, 8]);
    t.deepEqual(overlap(samples(parts.train), samples(parts.validation!)), []);
  }
  const both = withSubsets(whole, { train: percent(80), validation: percent(20) });
  t.deepEqual([both.train.length, both.validation!.length], [128, 32]);
  t.deepEqual(perClass(withSubsets(whole, { train: percent(10) }).train, 3), [9, 6, 1]);
  t.deepEqual(perClass(withSubsets(whole, { train: 3 }).train, 3), [1, 1, 1]);
});

test('the test split of uneven data is cut by shares too', (t) => {
  const whole = fromArrays({
    images: Float32Array.of(0, 0.5, 1),
    labels: [0, 1, 2],
    imageSize: [1, 1, 1],
    labelNames: ['a', 'b', 'c'],
    test: {
      images: new Float32Array(100),
      labels: Array.from({ length: 100 }, (_, i) => (i < 60 ? 0 : i < 90 ? 1 : 2)),
    },
  });
  t.deepEqual(perClass(withSubsets(whole, { test: { value: 50, unit: 'percent' } }).test!, 3), [30, 15, 5]);
});

test('no class of uneven data loses its last training image', (t) => {
  const sizes = [40, 9, 3, 2, 1];
  const whole = numbered(sizes); // 55 images
  for (let validation = 1; validation <= 50; validation += 1) {
    const parts = withSubsets(whole, { validation });
    const [left, taken] = [perClass(parts.train, 5), perClass(parts.validation!, 5)];
    t.true(left.every((count) => count >= 1));
    t.is(parts.validation!.length, validation);
    t.deepEqual(
      sizes,
      left.map((count, k) => count + taken[k]),
    );
    // Of the four classes that can spare one, each is seen as soon as there are four images.
    if (validation >= 4) t.true(taken.slice(0, 4).every((count) => count >= 1));
  }
  t.throws(() => withSubsets(whole, { validation: 52 }), {
    code: 'KDX_DATA_SUBSET',
    message:
      /^validation=52 would leave no training image of classes "class 4", "class 3"; ask for at most 50 validation/,
  });
});

test('of even data a validation split that takes a whole class is refused by its name', (t) => {
  const error = t.throws(() => withSubsets(numbered([2, 2, 2]), { validation: 5 }), {
    code: 'KDX_DATA_SUBSET',
  });
  t.regex(
    error!.message,
    /^validation=5 would leave no training image of classes "class \d", "class \d"; .* 3 /,
  );
});

test('of classes with one image each no validation image can be taken, and nothing else is advised', (t) => {
  t.throws(() => withSubsets(numbered([1, 1]), { validation: 1 }), {
    code: 'KDX_DATA_SUBSET',
    message:
      /would leave no training image of .*; leave validation out, or add images: each class needs two\.$/,
  });
});

test('a smaller part of uneven data lies in a larger one, and validation does not move', (t) => {
  const whole = numbered([50, 20, 7, 1]);
  const of = (train: number) => withSubsets(whole, { train, validation: 12, seed: 5 });
  let before = of(4);
  for (let train = 5; train <= 66; train += 1) {
    const after = of(train);
    t.deepEqual(overlap(samples(before.train), samples(after.train)), samples(before.train));
    t.deepEqual(samples(after.validation!), samples(before.validation!));
    before = after;
  }
});

test('a class that has no image at all does not stand in the way of shares', (t) => {
  const { train, validation } = withSubsets(numbered([30, 0, 12]), { validation: 14 });
  t.deepEqual(perClass(train, 3), [20, 0, 8]);
  t.deepEqual(perClass(validation!, 3), [10, 0, 4]);
});

test('a share of validation images that rounds to none is refused', (t) => {
  t.throws(() => withSubsets(numbered([10, 10]), { validation: { value: 1, unit: 'percent' } }), {
    code: 'KDX_DATA_SUBSET',
    message: /^validation=1% leaves no image in the validation split/,
  });
});

test('even data is cut as it always was', (t) => {
  const parts = withSubsets(numbered([25, 25, 25, 25]), { train: 10, validation: 6, seed: 3 });
  t.deepEqual(samples(parts.train), [5, 12, 16, 27, 32, 42, 58, 59, 75, 81]);
  t.deepEqual(samples(parts.validation!), [25, 35, 40, 62, 74, 93]);
  t.is(parts.digest, '23fee68d6f44233ef9de11b995751a58af846d4ec5256948c46c1538fb3a6024');
});

test('asking for nothing changes nothing', (t) => {
  const whole = numbered([3, 3], 4);
  const same = withSubsets(whole, {});
  t.is(same.digest, whole.digest);
  t.is(same.train, whole.train);
  t.is(same.test, whole.test);
  t.not(withSubsets(whole, { train: 4 }).digest, whole.digest);
  t.not(withSubsets(whole, { train: 4 }).digest, withSubsets(whole, { train: 4, seed: 1 }).digest);
});

test('asking for more than there is says what there is', (t) => {
  const whole = numbered([10, 4], 6);
  const fails = (options: Parameters<typeof withSubsets>[1], message: RegExp) =>
    t.throws(() => withSubsets(whole, options), { code: 'KDX_DATA_SUBSET', message });
  fails({ train: 15 }, /^train=15 needs 15 images, but there are 14/);
  fails({ train: 10, validation: 5 }, /^train=10 with validation=5 needs 15 images, but there are 14/);
  fails({ test: 7 }, /^test=7 needs 7 images, but there are 6/);
  fails({ train: 0 }, /^train=0 leaves no image in the training split/);
  fails({ test: 0 }, /^test=0 leaves no image in the test split/);
  t.throws(() => withSubsets(numbered([2, 2]), { validation: 4 }), {
    message: /no image in the training split/,
  });
});

test('the order of options in a spec changes nothing', async (t) => {
  const one = await resolveData('shapes?train=24&noise=0.2&classes=3');
  const other = await resolveData('shapes?classes=3&train=24&noise=0.2');
  t.is(one.digest, other.digest);
  t.is(one.name, other.name);
  t.is(one.name, 'shapes?train=24&classes=3&noise=0.2');
});
