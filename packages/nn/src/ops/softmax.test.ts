import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { logSoftmax } from './log-softmax.js';
import { softmax } from './softmax.js';

const plainSoftmax = (x: tf.Tensor) => {
  const e = x.exp();
  return e.div(e.sum(-1, true));
};

test.before(() => tf.setBackend('cpu'));

test('softmax and its logarithm have the gradients of their formulas', (t) => {
  for (const shape of [[4], [3, 4], [2, 3, 4]]) {
    checkGradients(t, softmax, plainSoftmax, [values(shape)]);
    checkGradients(t, logSoftmax, (x) => plainSoftmax(x).log(), [values(shape)]);
  }
});

test('log-softmax of large logits does not overflow', (t) => {
  close(t, logSoftmax(tf.tensor1d([1000, 0])), [0, -1000]);
});

test('softmax and log-softmax can be differentiated twice', (t) => {
  const x = values([2, 3]);
  const w = values([2, 3], 4);
  for (const f of [softmax, logSoftmax]) {
    const first = (v: tf.Tensor) =>
      tf
        .grad((u: tf.Tensor) => f(u).square().mul(w).sum())(v)
        .mul(w)
        .sum();
    const data = x.dataSync() as Float32Array;
    const at = (i: number, h: number) => {
      const moved = data.slice();
      moved[i] += h;
      return first(tf.tensor(moved, [2, 3])).dataSync()[0];
    };
    const expected = Array.from(data, (_, i) => (at(i, 1e-2) - at(i, -1e-2)) / 2e-2);
    close(t, tf.grad(first)(x), expected, { relative: 1e-2, absolute: 2e-3, what: f.name });
  }
});
