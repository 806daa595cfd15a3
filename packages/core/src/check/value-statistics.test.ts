import test from 'ava';
import { valueStatistics } from './value-statistics.js';

test('mean and deviation are of the finite values, zeros a share of all', (t) => {
  const { mean, std, zeros, nonFinite } = valueStatistics([0, 0, 3, 5, Number.NaN, Number.POSITIVE_INFINITY]);
  t.is(mean, 2);
  t.is(std, Math.sqrt((4 + 4 + 1 + 9) / 4));
  t.is(zeros, 2 / 6);
  t.is(nonFinite, 2);
});

test('nothing, or nothing finite, has no mean and says so in its count', (t) => {
  t.deepEqual(valueStatistics([]), { mean: 0, std: 0, zeros: 0, nonFinite: 0 });
  t.deepEqual(valueStatistics([Number.NaN]), { mean: 0, std: 0, zeros: 0, nonFinite: 1 });
});
