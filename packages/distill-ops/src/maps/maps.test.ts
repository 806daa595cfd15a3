import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { firstChannels, resizeMaps, sharedSize, toVector } from '../index.js';

await tf.setBackend('cpu');

// 1 2 3 4
// 5 6 7 8
const ROWS = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4, 1]);

test('a smaller size takes means of windows', (t) => {
  t.deepEqual([...resizeMaps(ROWS, [1, 2]).dataSync()], [(1 + 2 + 5 + 6) / 4, (3 + 4 + 7 + 8) / 4]);
  // One axis shrinks and the other stays.
  t.deepEqual([...resizeMaps(ROWS, [1, 4]).dataSync()], [3, 4, 5, 6]);
});

test('a larger size is bilinear, and beyond the outer centres constant', (t) => {
  const pair = tf.tensor4d([0, 4], [1, 1, 2, 1]);
  // Centres of four at −0.25, 0.25, 0.75, 1.25 of the two.
  t.deepEqual([...resizeMaps(pair, [1, 4]).dataSync()], [0, 1, 3, 4]);
});

test('the same size is the same tensor, and two maps share the smaller of each axis', (t) => {
  t.is(resizeMaps(ROWS, [2, 4]), ROWS);
  t.deepEqual(sharedSize(ROWS, tf.zeros([1, 8, 3, 5])), [2, 3]);
});

test('the first channels are those of every place', (t) => {
  const maps = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]);
  t.deepEqual([...firstChannels(maps, 2).dataSync()], [1, 2, 4, 5]);
  t.is(firstChannels(maps, 3), maps);
});

test('a feature as one vector: the mean of maps, the first of tokens, a vector itself', (t) => {
  t.deepEqual(toVector(tf.tensor4d([1, 10, 2, 20, 3, 30, 6, 60], [1, 2, 2, 2])).arraySync(), [[3, 30]]);
  const tokens = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
  t.deepEqual(toVector(tokens).arraySync(), [
    [1, 2],
    [5, 6],
  ]);
  const vector = tf.tensor2d([[1, 2]]);
  t.is(toVector(vector), vector);
});
