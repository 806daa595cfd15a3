import type { Split } from '@kdx/core';
import test from 'ava';
import { measureStatistics, resolveData, shapes } from '../index.js';

const SIZE = [32, 32, 3] as const;
const read = (split: Split, index: number): Float32Array => {
  const out = new Float32Array(32 * 32 * 3);
  split.read(index, out);
  return out;
};
const difference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;

test('the spec without options is the documented set', async (t) => {
  const data = await resolveData('shapes');
  t.deepEqual([data.train.length, data.validation!.length, data.test!.length], [4000, 500, 1000]);
  t.deepEqual(data.imageSize, SIZE);
  t.is(data.labelNames.length, 12);
  t.is(new Set(data.labelNames).size, 12);
  t.true(data.labelNames.includes('striped triangle'));
  t.deepEqual(data.augment, []);
  t.is(data.digest, shapes().digest);
});

test('an image depends on seed, split and index alone', (t) => {
  const data = shapes();
  const first = read(data.train, 17);
  read(data.train, 3);
  t.deepEqual(read(data.train, 17), first);
  t.deepEqual(read(shapes({ train: 100 }).train, 17), first);
  const others = [data.train, data.validation!, data.test!, shapes({ seed: 1 }).train].map((split) =>
    read(split, 17),
  );
  for (let a = 0; a < others.length; a += 1) {
    for (let b = 0; b < a; b += 1) t.true(difference(others[a], others[b]) > 0.02);
  }
  t.true(difference(first, read(data.train, 17 + 12)) > 0.02);
});

test('every split is balanced', (t) => {
  const data = shapes({ train: 103, classes: 10 });
  const counts = new Array<number>(10).fill(0);
  for (const label of Array.from(data.train.labels)) counts[label] += 1;
  t.deepEqual(counts.sort(), [10, 10, 10, 10, 10, 10, 10, 11, 11, 11]);
});

test('pixels are numbers in [0, 1] and use their range', (t) => {
  const data = shapes({ noise: 0.3, clutter: 20, classes: 16 });
  let [least, most] = [1, 0];
  for (let i = 0; i < 200; i += 1) {
    for (const value of read(data.train, i)) {
      if (!(value >= 0 && value <= 1)) t.fail(`image ${i} holds ${value}`);
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  t.deepEqual([least, most], [0, 1]);
});

test('noise has the standard deviation that was asked for', (t) => {
  const clean = shapes({ noise: 0 });
  const noisy = shapes({ noise: 0.05 });
  let [count, sum, squares] = [0, 0, 0];
  for (let i = 0; i < 60; i += 1) {
    const [a, b] = [read(clean.train, i), read(noisy.train, i)];
    for (let p = 0; p < a.length; p += 1) {
      // Away from the ends of the range nothing is clipped: four bytes reach 3.45 σ.
      if (a[p] < 0.2 || a[p] > 0.8) continue;
      const error = b[p] - a[p];
      count += 1;
      sum += error;
      squares += error * error;
    }
  }
  t.true(count > 50_000);
  t.true(Math.abs(sum / count) < 5 * (0.05 / Math.sqrt(count)));
  t.true(Math.abs(Math.sqrt(squares / count) - 0.05) < 0.05 * (5 / Math.sqrt(2 * count)));
});

test('clutter is the mean number of distractors', (t) => {
  // More distractors cover more background: pixels that differ from the same seed’s image without any.
  const covered = (clutter: number) => {
    const [bare, full] = [shapes({ clutter: 0, noise: 0 }), shapes({ clutter, noise: 0 })];
    let pixels = 0;
    for (let i = 0; i < 150; i += 1) {
      const [a, b] = [read(bare.train, i), read(full.train, i)];
      for (let p = 0; p < a.length; p += 3) if (Math.abs(a[p] - b[p]) > 0.05) pixels += 1;
    }
    return pixels / 150;
  };
  const [few, many] = [covered(1), covered(4)];
  t.true(few > 5 && many > 2.5 * few && many < 400, `${few} and ${many} pixels`);
});

/** How many pixels have exactly the most frequent colours; without noise those are the insides of a shape. */
function flatColours(pixels: Float32Array): number[] {
  const counts = new Map<string, number>();
  for (let p = 0; p < pixels.length; p += 3) {
    const key = pixels.subarray(p, p + 3).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
}

test('only solid shapes have one colour', (t) => {
  const data = shapes({ classes: 16, noise: 0, clutter: 0 });
  for (let i = 0; i < 320; i += 1) {
    const name = data.labelNames[data.train.labels[i]];
    // Pixels of the gradient hardly ever agree to the last bit.
    t.is(flatColours(read(data.train, i))[1] < 4, name.startsWith('solid'), `image ${i}, ${name}`);
  }
});

test('size tells no kind: solid shapes cover the same area on average', (t) => {
  const data = shapes({ classes: 16, noise: 0, clutter: 0 });
  const areas = new Map<string, number>();
  const count = 200;
  for (let i = 0; i < 16 * count; i += 1) {
    const name = data.labelNames[data.train.labels[i]];
    if (!name.startsWith('solid')) continue;
    areas.set(name, (areas.get(name) ?? 0) + flatColours(read(data.train, i))[0] / count);
  }
  t.is(areas.size, 4);
  // π·9² is 254. Soft edges do not count, of which a star has most, and its tips may leave the picture.
  for (const [name, area] of areas) t.true(area > 180 && area < 265, `${name}: ${area}`);
});

test('the normalisation is the measured one', async (t) => {
  const data = shapes();
  const measured = await measureStatistics(data.train, SIZE);
  for (let c = 0; c < 3; c += 1) {
    t.true(Math.abs(measured.mean[c] - data.mean[c]) < 5e-4, `mean ${measured.mean}`);
    t.true(Math.abs(measured.std[c] - data.std[c]) < 5e-4, `std ${measured.std}`);
  }
});

test('what is drawn is part of the digest', (t) => {
  const variants = [
    {},
    { seed: 1 },
    { train: 8 },
    { classes: 11 },
    { noise: 0.2 },
    { clutter: 1 },
    { test: 3 },
  ];
  t.is(new Set(variants.map((options) => shapes(options).digest)).size, variants.length);
});

test('splits can be left out, and classes must exist', (t) => {
  const data = shapes({ validation: 0, test: 0 });
  t.is(data.validation, undefined);
  t.is(data.test, undefined);
  for (const classes of [1, 17, 2.5]) {
    t.throws(() => shapes({ classes }), { code: 'KDX_DATA_OPTION', message: /2 to 16 classes/ });
  }
  t.throws(() => read(data.train, 4000), { code: 'KDX_DATA_INDEX' });
});

test('label noise puts wrong labels on its share of the training images and on no others', (t) => {
  const noisy = shapes({ train: 4000, labelNoise: 0.3, classes: 8 });
  const clean = shapes({ train: 4000, classes: 8 });
  const wrong = Array.from(noisy.train.labels).filter((label, i) => label !== clean.train.labels[i]).length;
  t.true(Math.abs(wrong / 4000 - 0.3) < 0.03, `${wrong} of 4000`);
  t.true(Array.from(noisy.train.labels).every((label) => label >= 0 && label < 8));
  t.deepEqual(noisy.validation!.labels, clean.validation!.labels);
  t.deepEqual(noisy.test!.labels, clean.test!.labels);
  t.deepEqual(read(noisy.train, 5), read(clean.train, 5));
  t.not(noisy.digest, clean.digest);
});
