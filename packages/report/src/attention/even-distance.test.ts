import test from 'ava';
import { evenDistance } from './even-distance.js';

test('on a 2×2 grid it is (1 + 1 + √2) / 4 (spec of DearKD, G11)', (t) => {
  t.true(Math.abs(evenDistance([2, 2]) - 0.85355339) < 1e-8);
  t.is(evenDistance([1, 1]), 0);
});

test('it is the mean over all pairs of patches', (t) => {
  const places = [0, 1, 2].flatMap((row) => [0, 1, 2, 3, 4].map((column) => [row, column]));
  const all = places.flatMap(([r, c]) => places.map(([u, v]) => Math.hypot(r - u, c - v)));
  const mean = all.reduce((sum, distance) => sum + distance, 0) / all.length;
  t.true(Math.abs(evenDistance([3, 5]) - mean) < 1e-12);
});
