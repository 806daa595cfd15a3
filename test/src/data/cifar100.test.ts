import type { Split } from '@kdx/core';
import { KNOWN_STATISTICS, measureStatistics, resolveData } from '@kdx/data';
import test from 'ava';
import { cifar100Directory, realDataTest } from '../support/test-data.js';

const real = realDataTest(test);
const spec = (query = '') => `cifar100:${cifar100Directory()}${query}`;

const perClass = (split: Split): number[] => {
  const counts = new Array<number>(100).fill(0);
  for (const label of Array.from(split.labels)) counts[label] += 1;
  return counts;
};
const every = (count: number) => new Array<number>(100).fill(count);

/** Images as text, to tell them apart. */
const images = (split: Split): string[] => {
  const out = new Float32Array(3072);
  return Array.from({ length: split.length }, (_, i) => {
    split.read(i, out);
    return Buffer.from(out.map((value) => Math.round(value * 255))).toString('latin1');
  });
};

real('CIFAR-100 has 500 training and 100 test images of each class', async (t) => {
  const data = await resolveData(spec());
  t.is(data.train.length, 50_000);
  t.is(data.test!.length, 10_000);
  t.deepEqual(perClass(data.train), every(500));
  t.deepEqual(perClass(data.test!), every(100));
  t.is(data.labelNames[0], 'apple');
  t.is(data.labelNames[99], 'worm');
});

real('CIFAR-100 pixels have the published mean and standard deviation', async (t) => {
  const data = await resolveData(spec());
  const measured = await measureStatistics(data.train, data.imageSize);
  for (const key of ['mean', 'std'] as const) {
    for (let c = 0; c < 3; c += 1) {
      t.true(
        Math.abs(measured[key][c] - KNOWN_STATISTICS.cifar100[key][c]) < 5e-4,
        `${key}: ${measured[key]}`,
      );
    }
  }
  t.deepEqual([data.mean, data.std], [KNOWN_STATISTICS.cifar100.mean, KNOWN_STATISTICS.cifar100.std]);
});

real('the protocol’s 10,000 training and 1,000 validation images are balanced and disjoint', async (t) => {
  const data = await resolveData(spec('?train=10000&validation=1000&subset-seed=0'));
  t.deepEqual(perClass(data.train), every(100));
  t.deepEqual(perClass(data.validation!), every(10));
  t.is(data.test!.length, 10_000);
  // CIFAR-100 repeats a few images; a subset that repeated indices would share far more.
  const trained = new Set(images(data.train));
  const validated = images(data.validation!);
  t.true(trained.size > 9_990);
  t.true(validated.filter((image) => trained.has(image)).length < 5);
  const again = await resolveData(spec('?subset-seed=0&validation=1000&train=20%'));
  t.is(again.digest, data.digest);
  t.deepEqual(Array.from(again.train.labels), Array.from(data.train.labels));
  const other = await resolveData(spec('?train=10000&validation=1000&subset-seed=1'));
  t.not(other.digest, data.digest);
});

real('more CIFAR-100 images than there are cannot be asked for', async (t) => {
  await t.throwsAsync(resolveData(spec('?train=49500&validation=501')), {
    code: 'KDX_DATA_SUBSET',
    message: /needs 50001 images, but there are 50000/,
  });
});
