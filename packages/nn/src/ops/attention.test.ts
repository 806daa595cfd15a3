import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { attention } from './attention.js';

const [B, H, N, d] = [2, 2, 3, 4];
const qkv = () => [1, 2, 3].map((seed) => values([B, H, N, d], seed));
const op = (scale?: number) => (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias?: tf.Tensor) =>
  attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, { scale, bias: bias as tf.Tensor4D });
const plain = (scale: number) => (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias?: tf.Tensor) => {
  const scores = tf.matMul(q, k, false, true).mul(scale);
  const e = (bias ? scores.add(bias) : scores).exp();
  return tf.matMul(e.div(e.sum(-1, true)), v);
};

test.before(() => tf.setBackend('cpu'));

test('attention with zero queries averages the values', (t) => {
  const [, k, v] = qkv() as tf.Tensor4D[];
  close(t, attention(tf.zerosLike(k), k, v), tf.tile(tf.mean(v, 2, true), [1, 1, N, 1]));
});

test('attention scales by 1/√d unless told otherwise', (t) => {
  checkGradients(t, op(), plain(0.5), qkv());
  checkGradients(t, op(0.3), plain(0.3), qkv());
});

test('attention gives the bias its gradient, summed over what it broadcasts to', (t) => {
  for (const shape of [
    [1, H, N, N],
    [B, H, N, N],
    [1, 1, N, N],
  ]) {
    checkGradients(t, op(), plain(0.5), [...qkv(), values(shape, 5)]);
  }
});

test('attention dropout scales what it keeps, and its gradient uses the same mask', (t) => {
  const [q, k, v] = qkv() as tf.Tensor4D[];
  const dropped = (v: tf.Tensor) =>
    attention(q, k, v as tf.Tensor4D, { dropout: { rate: 0.5, rng: keyedRng(3, 'mask') } });
  // The columns of the identity show the weights themselves.
  const eye = tf.tile(tf.eye(N).reshape([1, 1, N, N]), [B, H, 1, 1]) as tf.Tensor4D;
  const narrow = (x: tf.Tensor4D) => x.slice([0, 0, 0, 0], [B, H, N, N]) as tf.Tensor4D;
  const run = (rate: number) =>
    attention(narrow(q), narrow(k), eye, { dropout: { rate, rng: keyedRng(3, 'mask') } }).dataSync();
  const [full, half] = [run(0), run(0.5)];
  t.true(half.some((weight) => weight === 0) && half.some((weight) => weight > 0));
  half.forEach((weight, i) => {
    if (weight !== 0) t.true(Math.abs(weight - 2 * full[i]) < 1e-5);
  });

  checkGradients(
    t,
    (v) => dropped(v),
    (v) => {
      const e = tf.matMul(q, k, false, true).mul(0.5).exp();
      const weights = e.div(e.sum(-1, true));
      const shown = attention(q, k, widened(), { dropout: { rate: 0.5, rng: keyedRng(3, 'mask') } });
      const mask = tf.cast(tf.greater(shown.slice([0, 0, 0, 0], [B, H, N, N]), 0), 'float32').mul(2);
      return tf.matMul(weights.mul(mask), v);
    },
    [v],
  );

  function widened(): tf.Tensor4D {
    return tf.pad(eye, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, d - N],
    ]);
  }
});

test('attention refuses shapes that do not fit', (t) => {
  const [q, k, v] = qkv() as tf.Tensor4D[];
  t.throws(() => attention(q, k.slice([0, 0, 0, 0], [B, H, 2, d]), v), { code: 'KDX_SHAPE' });
  t.throws(() => attention(q, k, v, { bias: tf.zeros([1, H, N, N + 1]) }), { code: 'KDX_SHAPE' });
});
