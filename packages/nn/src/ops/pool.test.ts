import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { avgPool, globalAveragePool, maxPool } from './pool.js';

const ramp = (H: number, W: number) => tf.range(0, H * W).reshape([1, H, W, 1]) as tf.Tensor4D;
const four = (x: tf.Tensor) => x as tf.Tensor4D;

test.before(() => tf.setBackend('cpu'));

test('pooling gives golden G13', (t) => {
  close(t, avgPool(ramp(4, 4), 2), [2.5, 4.5, 10.5, 12.5]);
  close(t, maxPool(ramp(4, 4), 2), [5, 7, 13, 15]);
});

test('padding never wins a maximum', (t) => {
  const y = maxPool(tf.neg(tf.add(ramp(2, 2), 1)) as tf.Tensor4D, 3, { stride: 2, padding: 1 });
  close(t, y, [-1]);
});

test('padded zeros count in a mean unless told otherwise, as in PyTorch', (t) => {
  const ones = tf.ones([1, 4, 4, 1]) as tf.Tensor4D;
  const options = { stride: 2, padding: 1 };
  close(t, avgPool(ones, 3, options), [4 / 9, 6 / 9, 6 / 9, 1]);
  close(t, avgPool(ones, 3, { ...options, countIncludePad: false }), [1, 1, 1, 1]);
});

test('ceil mode adds a partial window, and never one that starts in the padding', (t) => {
  // 5 wide, window 2: floor gives 2 windows, ceil a third of one column.
  t.deepEqual(maxPool(ramp(5, 5), 2).shape, [1, 2, 2, 1]);
  close(t, maxPool(ramp(5, 5), 2, { ceilMode: true }), [6, 8, 9, 16, 18, 19, 21, 23, 24]);
  close(t, avgPool(ramp(1, 5), [1, 2], { ceilMode: true }), [0.5, 2.5, 4]);
  // 3 wide, window 2, stride 2, padding 1: a third window would start behind the image.
  t.deepEqual(maxPool(ramp(3, 3), 2, { padding: 1, ceilMode: true }).shape, [1, 2, 2, 1]);
});

test('windows and strides may differ between height and width', (t) => {
  // TensorFlow.js with one number for the padding takes those of the height for both.
  close(t, avgPool(ramp(2, 6), [1, 3]), [1, 4, 7, 10]);
  close(t, maxPool(ramp(4, 3), [2, 3]), [5, 11]);
  close(t, maxPool(ramp(2, 6), [1, 2], { stride: [1, 4] }), [1, 5, 7, 11]);
});

test('pooling has the gradient of its windows', (t) => {
  const x = values([2, 4, 4, 2]);
  const windows = (v: tf.Tensor) => v.reshape([2, 2, 2, 2, 2, 2]);
  checkGradients(
    t,
    (v) => avgPool(four(v), 2),
    (v) => windows(v).mean([2, 4]),
    [x],
  );
  checkGradients(
    t,
    (v) => maxPool(four(v), 2),
    (v) => windows(v).max(4).max(2),
    [x],
  );
  checkGradients(
    t,
    (v) => globalAveragePool(four(v)),
    (v) => v.mean([1, 2]),
    [x],
  );
});

test('overlapping and padded pooling agrees with finite differences', (t) => {
  const x = values([1, 5, 5, 1]);
  const options = { stride: 2, padding: 1 };
  checkGradients(
    t,
    (v) => maxPool(four(v), 3, options),
    (v) => tf.maxPool(four(v), 3, 2, 1),
    [x],
  );
  checkGradients(
    t,
    (v) => avgPool(four(v), 3, options),
    (v) =>
      tf.avgPool(
        tf.pad(four(v), [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]),
        3,
        2,
        'valid',
      ),
    [x],
  );
});

test('pooling refuses a padding above half the window', (t) => {
  t.throws(() => maxPool(ramp(4, 4), 2, { padding: 2 }), { code: 'KDX_SHAPE' });
});
