import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { channelMoments } from './channel-moments.js';

test.before(() => tf.setBackend('cpu'));

test('moments of channels are those of golden G14', (t) => {
  // Sample 0: channels [1, 0], [3, 0]; sample 1: [5, 2], [7, 4].
  const { mean, variance } = channelMoments(tf.tensor4d([1, 0, 3, 0, 5, 2, 7, 4], [2, 1, 2, 2]));
  close(t, mean, [4, 1.5]);
  close(t, variance, [5, 2.75]);
});

test('moments of channels have the gradients of their formulas', (t) => {
  for (const shape of [
    [2, 2, 3, 3],
    [5, 3],
    [2, 4, 3],
  ]) {
    const axes = shape.slice(1).map((_, axis) => axis);
    for (const read of ['mean', 'variance'] as const) {
      checkGradients(
        t,
        (x) => channelMoments(x)[read],
        (x) => tf.moments(x, axes)[read],
        [values(shape)],
      );
    }
    checkGradients(
      t,
      (x) => tf.concat([channelMoments(x).mean, channelMoments(x).variance]),
      (x) => tf.concat([tf.moments(x, axes).mean, tf.moments(x, axes).variance]),
      [values(shape)],
    );
  }
});

test('moments of channels can be differentiated twice', (t) => {
  const x = values([5, 3]);
  const second = (f: (x: tf.Tensor) => tf.Tensor) =>
    tf.grad((x) => tf.sum(tf.square(tf.grad((y) => tf.sum(tf.square(f(y))))(x))))(x);
  close(
    t,
    second((x) => channelMoments(x).variance),
    second((x) => tf.moments(x, 0).variance),
    { relative: 1e-4 },
  );
});

test('moments of channels name the shape that does not fit', (t) => {
  for (const shape of [[3], [], [0, 3]]) {
    t.throws(() => channelMoments(tf.zeros(shape)), { code: 'KDX_SHAPE' });
  }
});
