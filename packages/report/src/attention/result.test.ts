import test from 'ava';
import { example } from './attention-result.test.helper.js';

test('models of one label are averaged: over heads, then over runs, in the order labels come first', (t) => {
  const { arms, grid, patch } = example();
  t.deepEqual(
    [grid, patch],
    [
      [8, 8],
      [4, 4],
    ],
  );
  t.deepEqual(
    arms.map(({ label, runs }) => [label, runs.length]),
    [
      ['a & b', 2],
      ['c', 1],
    ],
  );
  // Means over heads of block 0: 2 and 3; of block 1: 2 and 2.5. std of two values is their distance over √2.
  t.deepEqual(
    arms[0].blocks.map((block) => ({ ...block, std: block.std?.toFixed(6) })),
    [
      { mean: 2.5, std: (1 / Math.SQRT2).toFixed(6), lowest: 1, highest: 4 },
      { mean: 2.25, std: (0.5 / Math.SQRT2).toFixed(6), lowest: 2, highest: 3 },
    ],
  );
  t.deepEqual(arms[1].blocks[2], { mean: 3, std: null, lowest: 2.5, highest: 3.5 });
});
