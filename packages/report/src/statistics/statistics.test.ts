import test from 'ava';
import { spreadOf } from './spread.js';
import { pairedDifference } from './statistics.js';

const near = (actual: number, expected: number): boolean => Math.abs(actual - expected) < 1e-6;

test('mean and sample standard deviation', (t) => {
  const { mean, std, n } = spreadOf([2, 4, 4, 4, 5, 5, 7, 9]);
  t.is(mean, 5);
  // Squares sum to 32; 32 / 7.
  t.true(near(std ?? 0, Math.sqrt(32 / 7)));
  t.is(n, 8);
  t.deepEqual(spreadOf([3]), { mean: 3, std: null, n: 1 });
});

test("the interval of three pairs is Student's, with two degrees of freedom", (t) => {
  // Differences 1, 2, 3: mean 2, deviation 1; t(0.975, 2) = 4.302653 from the table.
  const { mean, interval } = pairedDifference([
    [11, 10],
    [22, 20],
    [33, 30],
  ]);
  t.is(mean, 2);
  t.true(near(interval?.[0] ?? 0, 2 - 4.30265272974946 / Math.sqrt(3)));
  t.true(near(interval?.[1] ?? 0, 2 + 4.30265272974946 / Math.sqrt(3)));
});

test('ten pairs: t(0.975, 9) = 2.262157', (t) => {
  const pairs = Array.from({ length: 10 }, (_, k) => [k % 2, 0] as const);
  const std = Math.sqrt(2.5 / 9);
  t.true(near(pairedDifference(pairs).interval?.[1] ?? 0, 0.5 + (2.2621571628 * std) / Math.sqrt(10)));
});

test('one pair has a difference and no interval', (t) => {
  t.deepEqual(pairedDifference([[3, 1]]), { mean: 2, interval: null, n: 1 });
});
