import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { l2Norm, pairDistances, unitRows } from '../index.js';

await tf.setBackend('cpu');

const near = (actual: ArrayLike<number>, expected: readonly number[]): boolean =>
  actual.length === expected.length && expected.every((value, i) => Math.abs(actual[i] - value) < 1e-6);

test('the norm is 5 for (3, 4), with a gradient of (0.6, 0.8), and 0 at 0', (t) => {
  const x = tf.tensor2d([[3, 4]]);
  t.true(near(l2Norm(x).dataSync(), [5]));
  t.true(
    near(
      tf
        .grad((y) => l2Norm(y))(x)
        .dataSync(),
      [0.6, 0.8],
    ),
  );
  t.true(
    near(
      tf
        .grad((y) => l2Norm(y))(tf.zeros([1, 2]))
        .dataSync(),
      [0, 0],
    ),
  );
  t.true(
    near(
      l2Norm(
        tf.tensor2d([
          [3, 4],
          [0, 2],
        ]),
        [1],
      ).dataSync(),
      [5, 2],
    ),
  );
});

test('rows of length 1 keep their direction, and a row of zeros stays', (t) => {
  const rows = tf.tensor2d([
    [3, 4],
    [0, 0],
    [-2, 0],
  ]);
  t.true(near(unitRows(rows).dataSync(), [0.6, 0.8, 0, 0, -1, 0]));
});

test('distances of all rows, with more columns than are compared at a time', (t) => {
  const small = tf.tensor2d([
    [0, 0],
    [3, 4],
    [0, 4],
  ]);
  t.true(near(pairDistances(small).dataSync(), [0, 5, 4, 5, 0, 3, 4, 3, 0]));
  // 100 differences of 1: √100.
  const wide = tf.concat([tf.zeros<tf.Rank.R2>([1, 100]), tf.ones<tf.Rank.R2>([1, 100])]);
  t.true(near(pairDistances(wide).dataSync(), [0, 10, 10, 0]));
});
