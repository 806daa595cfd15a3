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
    classNames: sizes.map((_, k) => `class ${k}`),
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
  const parts = withSubsets(numbered([9, 5]), { validation: 4 });
  t.deepEqual(perClass(parts.validation!, 2), [2, 2]);
  t.deepEqual(perClass(parts.train, 2), [7, 3]);
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
  fails({ train: 10 }, /the same number per class, needs 5 images, but there are 4 of class "class 1"/);
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
