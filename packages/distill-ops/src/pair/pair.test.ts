import test from 'ava';
import { layerPairs, nearestRows, strideBetween, strideFits } from '../index.js';

test('pairs of layers go from the shallower to the deeper', (t) => {
  t.deepEqual(layerPairs(3, 'all'), [
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
  t.deepEqual(layerPairs(3, 'neighbours'), [
    [0, 1],
    [1, 2],
  ]);
  t.deepEqual(layerPairs(1, 'all'), []);
});

test('the nearest grid counts by ratio, and the first of equal ones wins', (t) => {
  const grids = [
    [32, 32],
    [16, 16],
    [8, 8],
  ].map(([h, w]) => ({ grid: [h, w] as const }));
  t.is(nearestRows(grids, 8), grids[2]);
  // 20 is nearer to 16 (ratio 1.25) than to 32 (1.6).
  t.is(nearestRows(grids, 20), grids[1]);
  // 4 is as far from 8 as from 2, by ratio.
  t.is(nearestRows([grids[2], { grid: [2, 2] as const }], 4), grids[2]);
  t.is(nearestRows([], 4), undefined);
});

test('a stride leads from one size to another where rounding up gives it', (t) => {
  t.is(strideBetween([32], [8]), 4);
  t.is(strideBetween([7], [4]), 2);
  t.true(strideFits([32, 32], [8, 8]));
  t.true(strideFits([7, 7], [4, 4]));
  t.true(strideFits([8, 8], [8, 8]));
  // ⌈8 / 2⌉ is 4, not 5; and the columns have to follow.
  t.false(strideFits([8, 8], [5, 5]));
  t.false(strideFits([8, 8], [4, 8]));
  t.false(strideFits([4, 4], [8, 8]));
});
