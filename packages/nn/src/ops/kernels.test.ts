import { hasKernel, KDX_KERNELS, type KdxKernels } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { attention } from './attention.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';

type Name = keyof KdxKernels;
const ran: string[] = [];

/** A stand-in for a back end's fused kernel, written with plain ops. */
function register<K extends Name>(
  kernelName: K,
  compute: (inputs: KdxKernels[K]['inputs'], attributes: KdxKernels[K]['attributes']) => tf.Tensor[],
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      ran.push(kernelName);
      return compute(inputs as KdxKernels[K]['inputs'], attrs as unknown as KdxKernels[K]['attributes']);
    },
  });
}

test.before(() => tf.setBackend('cpu'));
test.afterEach.always(() => {
  ran.length = 0;
  for (const name of KDX_KERNELS) if (hasKernel(name)) tf.unregisterKernel(name, 'cpu');
});

test.serial('a fused kernel with one output is used forward and backward', (t) => {
  const plain = (x: tf.Tensor, w: tf.Tensor) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
  register('KdxLinear', ({ x, weight, bias }) => {
    t.is(bias, undefined);
    return [plain(x, weight)];
  });
  register('KdxLinearGradInput', ({ dy, weight }) => [tf.matMul(dy, weight, false, true)]);
  register('KdxLinearGradWeight', ({ x, dy }) => [tf.matMul(x, dy, true)]);
  checkGradients(t, (x, w) => linear(x, w as tf.Tensor2D), plain, [values([4, 3]), values([3, 5], 2)]);
  t.deepEqual(new Set(ran), new Set(['KdxLinear', 'KdxLinearGradInput', 'KdxLinearGradWeight']));
});

test.serial('a fused kernel with several outputs keeps them all, forward alone or both ways', (t) => {
  const plain = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return x.sub(mean).div(variance.add(1e-3).sqrt()).mul(g).add(b);
  };
  const op = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
    layerNorm(x, g as tf.Tensor1D, b as tf.Tensor1D, 1e-3);
  register('KdxLayerNorm', ({ x, gamma, beta }, { epsilon }) => {
    t.is(epsilon, 1e-3);
    const { mean, variance } = tf.moments(x, -1, true);
    return [plain(x, gamma, beta), mean, tf.rsqrt(variance.add(epsilon))];
  });
  const inputs = [values([3, 4]), values([4], 2), values([4], 3)];
  checkGradients(t, op, plain, inputs);
  t.false(ran.includes('KdxLayerNormGrad'));

  register('KdxLayerNormGrad', ({ dy, x, gamma, mean, inverseStd }) => {
    const z = x.sub(mean).mul(inverseStd);
    const dz = dy.mul(gamma);
    const dx = inverseStd.mul(dz.sub(dz.mean(-1, true)).sub(z.mul(dz.mul(z).mean(-1, true))));
    return [dx, dy.mul(z).sum(0), dy.sum(0)];
  });
  checkGradients(t, op, plain, inputs);
  t.true(ran.includes('KdxLayerNormGrad'));
});

test.serial('a fused attention sees again what it saved, and may give a bias its gradient', (t) => {
  const weights = (q: tf.Tensor, k: tf.Tensor, bias: tf.Tensor | undefined, scale: number) => {
    const scores = tf.matMul(q, k, false, true).mul(scale);
    return tf.softmax(bias ? scores.add(bias) : scores);
  };
  const plain = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias?: tf.Tensor) =>
    tf.matMul(weights(q, k, bias, 0.5), v);
  register('KdxAttention', ({ q, k, v, bias }, { scale }) => {
    const p = weights(q, k, bias, scale);
    return [tf.matMul(p, v), p];
  });
  register('KdxAttentionGrad', ({ dy, q, k, v, y, saved, bias }, { scale }) => {
    // Σ dP∘P along a row equals dy·y: right only if `y` is what the forward returned.
    const dScores = tf.matMul(dy, v, false, true).sub(dy.mul(y).sum(-1, true)).mul(saved);
    const gradients = [
      tf.matMul(dScores, k).mul(scale),
      tf.matMul(dScores, q, true).mul(scale),
      tf.matMul(saved, dy, true),
    ];
    return bias ? [...gradients, dScores.sum(0, true)] : gradients;
  });
  const op = (...[q, k, v, bias]: tf.Tensor[]) =>
    attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, { bias: bias as tf.Tensor4D });
  const qkv = [1, 2, 3].map((seed) => values([2, 2, 3, 4], seed));
  checkGradients(t, op, plain, qkv);
  checkGradients(t, op, plain, [...qkv, values([1, 2, 3, 3], 5)]);
  t.true(ran.includes('KdxAttentionGrad'));
});

test.serial(
  'inside a nested gradient the composition is used, for a kernel has no second derivative',
  (t) => {
    register('KdxLinear', () => {
      throw new Error('not to be run');
    });
    const [x, w] = [values([2, 3]), values([3, 2], 2) as tf.Tensor2D];
    // d/dx Σ(∂/∂x Σ(xW)²/2)… of a quadratic form: ∇(Σ (xWWᵀ)) = rows of column sums of WWᵀ.
    const inner = (v: tf.Tensor) =>
      tf
        .grad((u) => linear(u, w).square().sum().div(2))(v)
        .sum();
    const rows = tf.sum(tf.matMul(w, w, false, true), 0);
    close(t, tf.grad(inner)(x), tf.stack([rows, rows]));
  },
);
