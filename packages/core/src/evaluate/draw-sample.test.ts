import test from 'ava';
import { drawSample } from '../run.js';

const sorted = (sizes: readonly number[]) => {
  const labels = sizes.flatMap((size, k) => new Array<number>(size).fill(k));
  return { length: labels.length, labels };
};
const perClass = (labels: readonly number[], indices: Uint32Array, classes: number): number[] => {
  const counts = new Array<number>(classes).fill(0);
  for (const index of indices) counts[labels[index]] += 1;
  return counts;
};

test('of a split that is sorted by class the sample has the same number of each', (t) => {
  const split = sorted(new Array<number>(10).fill(200));
  const { indices, kind } = drawSample(split, 512);
  t.is(kind, 'class-balanced');
  t.is(new Set(indices).size, 512);
  t.deepEqual(
    [...indices],
    [...indices].sort((a, b) => a - b),
  );
  for (const count of perClass(split.labels, indices, 10)) t.true(count === 51 || count === 52);
});

test('nor does an order that repeats the classes deceive it', (t) => {
  const labels = Array.from({ length: 2000 }, (_, index) => index % 4);
  const { indices } = drawSample({ length: 2000, labels }, 500);
  t.deepEqual(perClass(labels, indices, 4), [125, 125, 125, 125]);
});

test('uneven classes have their shares in it, each rounded down or up', (t) => {
  const split = sorted([900, 90, 10]);
  const { indices, kind } = drawSample(split, 333);
  t.is(kind, 'stratified');
  const [first, second, third] = perClass(split.labels, indices, 3);
  t.is(first + second + third, 333);
  t.true([299, 300].includes(first) && [29, 30].includes(second) && [3, 4].includes(third));
});

test('every image is as likely as any other, so that no figure is biased', (t) => {
  const split = sorted([7, 3, 1]);
  const seen = new Array<number>(11).fill(0);
  const draws = 4000;
  for (let seed = 0; seed < draws; seed += 1)
    for (const i of drawSample(split, 4, seed).indices) seen[i] += 1;
  // Expected 4/11 of the draws; the standard error of a share is below 0.0077.
  for (const count of seen) t.true(Math.abs(count / draws - 4 / 11) < 0.031, `${seen}`);
});

test('the seed alone decides it, and a split of no more is taken whole', (t) => {
  const split = sorted([50, 50]);
  t.deepEqual(drawSample(split, 20), drawSample(split, 20));
  t.notDeepEqual(drawSample(split, 20).indices, drawSample(split, 20, 1).indices);
  for (const images of [100, 512]) {
    t.deepEqual(drawSample(split, images), { indices: Uint32Array.from({ length: 100 }, (_, i) => i) });
  }
});
