import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { layerNorm } from './layer-norm.js';

const op = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
  layerNorm(x, g as tf.Tensor1D, b as tf.Tensor1D, 1e-3);
const plain = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).div(variance.add(1e-3).sqrt()).mul(g).add(b);
};

test.before(() => tf.setBackend('cpu'));

test('layer norm gives hand numbers', (t) => {
  // Mean 2, population variance 2/3.
  const y = layerNorm(tf.tensor2d([[1, 2, 3]]), tf.tensor1d([1, 2, 3]), tf.tensor1d([0, 1, 2]), 0);
  close(t, y, [-Math.sqrt(1.5), 1, 2 + 3 * Math.sqrt(1.5)]);
});

test('layer norm has the gradient of its formula', (t) => {
  for (const shape of [
    [3, 5],
    [2, 3, 5],
  ])
    checkGradients(t, op, plain, [values(shape), values([5], 2), values([5], 3)]);
});

test('layer norm can be differentiated twice', (t) => {
  const [x, g, b] = [values([2, 4]), values([4], 2), values([4], 3)];
  const w = values([2, 4], 5);
  const twice = (f: typeof op) =>
    tf.grad((v) =>
      tf
        .grad((u) => f(u, g, b).square().mul(w).sum())(v)
        .mul(w)
        .sum(),
    )(x);
  close(t, twice(op), secondDifference(), { relative: 2e-2, absolute: 5e-3 });

  function secondDifference(): number[] {
    const first = (data: Float32Array) => {
      const gradient = tf.grad((u) => plain(u, g, b).square().mul(w).sum())(tf.tensor(data, [2, 4]));
      const weights = w.dataSync();
      return Array.from(gradient.dataSync()).reduce((sum, value, i) => sum + value * weights[i], 0);
    };
    const data = x.dataSync() as Float32Array;
    const h = 5e-3;
    return Array.from(data, (_, i) => {
      const [up, down] = [data.slice(), data.slice()];
      up[i] += h;
      down[i] -= h;
      return (first(up) - first(down)) / (2 * h);
    });
  }
});

test('layer norm names the shapes that do not fit', (t) => {
  t.throws(() => op(values([2, 4]), values([3]), values([3])), { code: 'KDX_SHAPE' });
});
