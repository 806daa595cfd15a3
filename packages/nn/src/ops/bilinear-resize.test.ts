import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { bilinearResize } from './bilinear-resize.js';

test.before(() => tf.setBackend('cpu'));

const row = (...numbers: number[]) => tf.tensor4d(numbers, [1, 1, numbers.length, 1]);

test('twice the size: quarters and three quarters between neighbours, the border stays', (t) => {
  close(t, bilinearResize(row(0, 4, 8), [1, 6]), row(0, 1, 3, 5, 7, 8));
  const square = tf.tensor4d([0, 4, 8, 12], [1, 2, 2, 1]);
  const expected = [0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12];
  close(t, bilinearResize(square, [4, 4]), tf.tensor4d(expected, [1, 4, 4, 1]));
});

test('other ratios, channels apart, against the half-pixel kernel of TensorFlow.js', (t) => {
  const x = tf.randomNormal([2, 5, 7, 3], 0, 1, 'float32', 4) as tf.Tensor4D;
  for (const size of [
    [10, 14],
    [8, 3],
    [5, 9],
    [2, 7],
  ] as [number, number][]) {
    close(t, bilinearResize(x, size), tf.image.resizeBilinear(x, size, false, true));
  }
  t.is(bilinearResize(x, [5, 7]), x);
  t.throws(() => bilinearResize(x, [0, 7]), { code: 'KDX_SHAPE' });
});

test('gradients are those of finite differences', (t) => {
  // Twice the size by gathering: three quarters of the nearer neighbour, a quarter of the other.
  const twice = (x: tf.Tensor, axis: number): tf.Tensor =>
    tf.add(tf.mul(tf.gather(x, [0, 0, 1, 1], axis), 0.75), tf.mul(tf.gather(x, [0, 1, 0, 1], axis), 0.25));
  checkGradients(
    t,
    (x) => bilinearResize(x as tf.Tensor4D, [4, 4]),
    (x) => twice(twice(x, 1), 2),
    [values([1, 2, 2, 3])],
  );
});
