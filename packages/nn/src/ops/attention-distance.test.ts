import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { close } from '../testing/gradients.js';
import { attentionDistance } from './attention-distance.js';

const grid = [2, 2] as const;
const even = (T: number) => tf.fill<tf.Rank.R4>([1, 1, T, T], 1 / T);
const eye = (T: number) => tf.reshape(tf.eye(T), [1, 1, T, T]) as tf.Tensor4D;

test.before(() => tf.setBackend('cpu'));

test('on a 2×2 grid even attention has distance 0.85355339, identity 0 (spec of DearKD, G11)', (t) => {
  close(t, attentionDistance(even(4), { grid }), [0.85355339]);
  close(t, attentionDistance(eye(4), { grid }), [0]);
});

test('heads are told apart, images averaged', (t) => {
  const [a, b] = [even(4), eye(4)];
  const weights = tf.concat([tf.concat([a, b], 1), tf.concat([b, b], 1)], 0) as tf.Tensor4D;
  close(t, attentionDistance(weights, { grid }), [0.85355339 / 2, 0]);
});

test('the distance is Euclidean, in patches, and the grid is read row by row', (t) => {
  // Every patch of a 3×4 grid attends to the last one.
  const last = tf.reshape(tf.oneHot(tf.fill([12], 11, 'int32'), 12).toFloat(), [1, 1, 12, 12]) as tf.Tensor4D;
  const expected = [0, 1, 2].flatMap((row) => [0, 1, 2, 3].map((column) => Math.hypot(2 - row, 3 - column)));
  const mean = expected.reduce((sum, distance) => sum + distance, 0) / 12;
  close(t, attentionDistance(last, { grid: [3, 4] }), [mean]);
});

test('special tokens are left out; what they get counts as 0, or not at all', (t) => {
  const options = { grid, specialTokens: 2 };
  close(t, attentionDistance(even(6), options), [(0.85355339 * 4) / 6]);
  close(t, attentionDistance(even(6), { ...options, renormalize: true }), [0.85355339]);
});

test('it leaves its result and nothing else', (t) => {
  const weights = even(4);
  const { numTensors } = tf.memory();
  const distance = attentionDistance(weights, { grid });
  t.is(tf.memory().numTensors, numTensors + 1);
  distance.dispose();
});

test('weights of another number of tokens are refused', (t) => {
  t.throws(() => attentionDistance(even(5), { grid }), { code: 'KDX_SHAPE', message: /\[B, H, 4, 4\]/ });
});
