import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { gridTokens, tokensToMaps, toMaps } from '../index.js';

await tf.setBackend('cpu');

// Two special tokens (90, 91) and a grid of 2 rows and 3 columns, whose token at row r and column c is 10·r + c.
const TOKENS = tf.tensor3d([90, 91, 0, 1, 2, 10, 11, 12], [1, 8, 1]);

test('special tokens stand before the grid and are left out', (t) => {
  t.deepEqual([...gridTokens(TOKENS, [2, 3]).dataSync()], [0, 1, 2, 10, 11, 12]);
  t.is(gridTokens(TOKENS, [2, 4]), TOKENS);
});

test('tokens fill the grid row by row', (t) => {
  const maps = toMaps(TOKENS, { layout: 'tokens', grid: [2, 3] });
  t.deepEqual(maps.arraySync(), [
    [
      [[0], [1], [2]],
      [[10], [11], [12]],
    ],
  ]);
  const two = tokensToMaps(tf.tensor3d([1, -1, 2, -2], [1, 2, 2]), [1, 2]);
  t.deepEqual(two.arraySync(), [
    [
      [
        [1, -1],
        [2, -2],
      ],
    ],
  ]);
});

test('maps stay as they are', (t) => {
  const maps = tf.zeros<tf.Rank.R4>([2, 3, 4, 5]);
  t.is(toMaps(maps, { layout: 'maps', grid: [3, 4] }), maps);
});
