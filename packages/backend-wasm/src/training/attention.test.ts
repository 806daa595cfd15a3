import { attention } from '@kdx/nn';
import { runKernel } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { random, sameAsCpu } from '../testing/against-cpu.js';
import { valueAndGradients } from '../testing/gradients.js';

const f = (x: tf.Tensor) => x as tf.Tensor4D;
const qkv = (shape: number[], magnitude = 3) =>
  [1, 2, 3].map((seed) => tf.mul(random(shape, seed), magnitude));

test('attention and its gradients for numbers of tokens and widths of all remainders', async (t) => {
  for (const shape of [
    [1, 1, 1, 1],
    [2, 3, 5, 3],
    [3, 2, 17, 16],
    [1, 2, 64, 8],
    [1, 1, 66, 33],
    [2, 3, 65, 32],
  ]) {
    await sameAsCpu(t, `[${shape}]`, () =>
      valueAndGradients((q, k, v) => attention(f(q), f(k), f(v)), qkv(shape)),
    );
  }
});

test('attention with a bias that broadcasts, and with a scale of zero', async (t) => {
  const [B, H, N] = [2, 3, 7];
  for (const shape of [
    [1, 1, N, N],
    [1, H, N, N],
    [B, 1, N, N],
    [B, H, N, N],
  ]) {
    for (const scale of [0.3, 0]) {
      await sameAsCpu(t, `bias [${shape}], scale ${scale}`, () =>
        valueAndGradients(
          (q, k, v, bias) => attention(f(q), f(k), f(v), { bias: f(bias), scale }),
          [...qkv([B, H, N, 5]), tf.mul(random(shape, 4), 4)],
        ),
      );
    }
  }
});

test('attention survives scores far beyond the range of exp', async (t) => {
  await sameAsCpu(t, 'large', () => {
    const [q, k, v] = qkv([1, 2, 9, 4], 40);
    return [attention(f(q), f(k), f(v)), attention(f(q), f(tf.neg(k)), f(v))];
  });
});

test('attention with a mask, which the gradients see too', async (t) => {
  const [shape, scores] = [
    [2, 2, 6, 5],
    [2, 2, 6, 6],
  ];
  await sameAsCpu(t, 'mask', () => {
    const [q, k, v] = qkv(shape);
    const [bias, dy] = [random(scores, 5), random(shape, 6)];
    const mask = tf.mul(tf.cast(tf.greater(random(scores, 7), -0.3), 'float32'), 1 / 0.65);
    const scale = 0.4;
    if (tf.getBackend() === 'wasm') {
      const [y, saved] = runKernel('KdxAttention', { q, k, v, bias, mask }, { scale });
      const inputs = { dy, q, k, v, y, saved, bias, mask };
      return [tf.clone(y), ...runKernel('KdxAttentionGrad', inputs, { scale })];
    }
    const plain = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias: tf.Tensor) => {
      const weights = tf.softmax(tf.add(tf.mul(tf.matMul(q, k, false, true), scale), bias));
      return tf.matMul(tf.mul(weights, mask), v);
    };
    const slopes = tf.grads((...xs) => {
      const [q, k, v, bias] = xs;
      return tf.sum(tf.mul(plain(q, k, v, bias), dy));
    })([q, k, v, bias]);
    return [plain(q, k, v, bias), ...slopes];
  });
});
