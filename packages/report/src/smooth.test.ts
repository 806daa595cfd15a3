import test from 'ava';
import { bucketMeans, loggedCurve } from './logged-curve.js';
import type * as Smooth from './page/smooth.js';
import { pageModule } from './page-module.test.helper.js';

const { smooth, smoothingReach, smoothingUnit } = pageModule<typeof Smooth>('smooth');

const curve = (length: number, value: (x: number) => number, every = 1) => {
  const x = Array.from({ length }, (_, k) => every * (k + 1));
  return { x, y: x.map(value) };
};
const near = (a: number, b: number, by = 1e-9): boolean => Math.abs(a - b) <= by;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

test('values a unit apart have the exponential mean with its start put right', (t) => {
  const y = [3, -1, 4, 1, 5];
  const found = smooth({ x: [10, 20, 30, 40, 50], y }, 0.7, 10);
  for (const [k, value] of found.entries()) {
    // By definition: a weighted mean of all so far, the weights falling by the weight.
    const weights = y.slice(0, k + 1).map((_, j) => 0.7 ** (k - j));
    const sum = weights.reduce((total, weight, j) => total + weight * y[j], 0);
    t.true(near(value, sum / weights.reduce((a, b) => a + b)), String(k));
  }
});

test('a curve that never changes stays where it is, from its first point on', (t) => {
  t.true(smooth({ x: [1, 2, 7, 7, 8], y: [3, 3, 3, 3, 3] }, 0.98, 5).every((value) => near(value, 3)));
  t.deepEqual(smooth({ x: [4], y: [2] }, 0.9, 1), [2]);
  t.deepEqual(smooth({ x: [], y: [] }, 0.9, 1), []);
});

test('how often was logged changes nothing about how far is smoothed', (t) => {
  const step = (x: number): number => (x <= 500 ? 0 : 1);
  const [often, seldom] = [1, 20].map((every) => {
    const logged = curve(1000 / every, step, every);
    return { x: logged.x, y: smooth(logged, 0.9, smoothingUnit(1000)) };
  });
  for (const [k, x] of seldom.x.entries()) t.true(near(seldom.y[k], often.y[often.x.indexOf(x)]), String(x));
});

test('a place of the slider is the same share of a short and a long chart', (t) => {
  for (const longest of [20, 1e6])
    t.true(near(smoothingReach(0.6, smoothingUnit(longest)) / longest, 0.00979, 1e-5));
});

test('means of stretches are those of all that was logged, at the last step of each', (t) => {
  t.deepEqual(bucketMeans({ x: [1, 2, 3, 4, 5], y: [1, 3, 5, 6, 10] }, 2), { x: [2, 5], y: [2, 7] });
  t.is(loggedCurve(curve(1000, () => 1)).means, undefined, 'all of it is there');
});

test('a long, spiky loss is smoothed to its mean, not to that of its spikes', (t) => {
  const long = curve(20_000, (x) => (x % 50 === 7 ? 10 : 1 + 0.05 * Math.sin(x)));
  const { means, y } = loggedCurve(long);
  if (!means) return t.fail('no means');
  t.true(mean(y) > 3, 'what is drawn are extremes');
  t.true(near(mean(means.y), mean(long.y), 1e-6));
  const smoothed = smooth(means, 0.98, smoothingUnit(20_000));
  t.true(near(smoothed.at(-1) ?? 0, mean(long.y), 0.05));
  t.true(near(smoothed[0], mean(long.y), 0.2));
  t.is(means.x.at(-1), 20_000);
});
