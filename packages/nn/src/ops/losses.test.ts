import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { crossEntropy, hardCrossEntropy } from './cross-entropy.js';
import { klDivergence } from './kl-divergence.js';
import { meanSquare } from './mean-square.js';
import { meanSquaredError } from './mean-squared-error.js';

// Goldens G1 and G2 of the DeiT specification: one sample, and a batch of two.
const G1 = { c: [[2, 0.5, -1]], d: [[0.3, 1.2, -0.4]], t: [[1, -0.5, 2]], y: [0], hard: [2] };
const G2 = {
  c: [
    [2, 0.5, -1],
    [-0.2, 0.1, 0.4],
  ],
  d: [
    [0.3, 1.2, -0.4],
    [1.5, -0.3, 0.2],
  ],
  t: [
    [1, -0.5, 2],
    [3, 0, -1],
  ],
  y: [0, 1],
  hard: [2, 0],
};
const labels = (y: number[]) => tf.tensor1d(y, 'int32');
const oneHot = (y: number[]) => tf.oneHot(labels(y), 3).cast('float32') as tf.Tensor2D;
const m = (rows: number[][]) => tf.tensor2d(rows);
const probabilities = (x: tf.Tensor) => x.exp().div(x.exp().sum(-1, true));

test.before(() => tf.setBackend('cpu'));

test('cross-entropy gives goldens G1 and G2', (t) => {
  close(t, crossEntropy(m(G1.c), oneHot(G1.y)), [0.2413113]);
  close(t, hardCrossEntropy(m(G1.d), labels(G1.hard)), [2.07528104]);
  close(t, hardCrossEntropy(m(G1.c), labels(G1.hard)), [2 * 1.7413113 - 0.2413113]);
  close(t, hardCrossEntropy(m(G2.c), labels(G2.y)), [0.68485073]);
  close(t, hardCrossEntropy(m(G2.d), labels(G2.hard)), [1.21920827]);
  const total = tf.tidy(() =>
    crossEntropy(m(G2.c), oneHot(G2.y))
      .mul(0.5)
      .add(hardCrossEntropy(m(G2.d), labels(G2.hard)).mul(0.5)),
  );
  close(t, total, [0.9520295]);
});

test('KL divergence gives goldens G1 and G2 in the direction teacher ‖ student', (t) => {
  const kl = (g: typeof G1, temperature: number, reduction: 'batchmean' | 'numel') =>
    klDivergence(m(g.d), m(g.t), { temperature, reduction });
  close(t, kl(G1, 1, 'batchmean'), [1.0403164]);
  close(t, kl(G1, 1, 'numel'), [0.34677213]);
  close(t, kl(G1, 3, 'batchmean'), [1.32529054]);
  close(t, kl(G1, 3, 'numel'), [0.44176351]);
  close(t, kl(G2, 3, 'batchmean'), [0.94196091]);
  close(t, kl(G2, 3, 'numel'), [0.31398697]);
  close(t, klDivergence(m(G1.t), m(G1.d)), [1.27497678]);
});

test('the gradients of golden G1 come out', (t) => {
  const hard = tf.grad((d) => hardCrossEntropy(d as tf.Tensor2D, labels(G1.hard)).mul(0.5))(m(G1.d));
  close(t, hard, [0.12638427, 0.31085515, -0.43723943]);
  const options = { temperature: 3, reduction: 'numel' } as const;
  const soft = tf.grad((d) => klDivergence(d as tf.Tensor2D, m(G1.t), options).mul(0.1))(m(G1.d));
  close(t, soft, [-0.00148013, 0.02276195, -0.02128183]);
});

test('cross-entropy has the gradient of its formula for logits and targets', (t) => {
  checkGradients(
    t,
    (z, y) => crossEntropy(z as tf.Tensor2D, y as tf.Tensor2D),
    (z, y) => probabilities(z).log().mul(y).sum(-1).mean().neg(),
    [values([3, 4]), values([3, 4], 2)],
  );
});

test('KL divergence has the gradient of its formula for student and teacher', (t) => {
  for (const [reduction, divisor] of [
    ['batchmean', 3],
    ['numel', 12],
  ] as const) {
    checkGradients(
      t,
      (s, q) => klDivergence(s as tf.Tensor2D, q as tf.Tensor2D, { temperature: 2, reduction }),
      (s, q) => {
        const [p, target] = [probabilities(s.div(2)), probabilities(q.div(2))];
        return target
          .mul(target.log().sub(p.log()))
          .sum()
          .mul(4 / divisor);
      },
      [values([3, 4]), values([3, 4], 2)],
    );
  }
});

test('mean squared error gives golden G12 and the gradient of its formula', (t) => {
  close(
    t,
    meanSquaredError(
      m([
        [1, 2],
        [3, 4],
      ]),
      m([
        [1, 0],
        [3, 7],
      ]),
    ),
    [3.25],
  );
  checkGradients(t, meanSquaredError, (a, b) => a.sub(b).square().mean(), [
    values([2, 3]),
    values([2, 3], 2),
  ]);
  close(t, meanSquare(m([[1, -2, 2]])), [3]);
  checkGradients(t, meanSquare, (x) => x.square().mean(), [values([2, 3])]);
});

test('losses that share a backbone differentiate twice', (t) => {
  const teacher = m(G2.t);
  const first = (z: tf.Tensor) =>
    tf
      .grad((u) =>
        klDivergence(u as tf.Tensor2D, teacher, { temperature: 2 }).add(
          hardCrossEntropy(u as tf.Tensor2D, labels(G2.y)),
        ),
      )(z)
      .square()
      .sum();
  const data = m(G2.d).dataSync() as Float32Array;
  const at = (i: number, h: number) => {
    const moved = data.slice();
    moved[i] += h;
    return first(tf.tensor2d(moved, [2, 3])).dataSync()[0];
  };
  const expected = Array.from(data, (_, i) => (at(i, 1e-2) - at(i, -1e-2)) / 2e-2);
  close(t, tf.grad(first)(m(G2.d)), expected, { relative: 1e-2, absolute: 1e-3 });
});

test('losses refuse shapes and temperatures that make no sense', (t) => {
  t.throws(() => crossEntropy(m(G1.c), oneHot(G2.y)), { code: 'KDX_SHAPE' });
  t.throws(() => hardCrossEntropy(m(G1.c), labels(G2.y)), { code: 'KDX_SHAPE' });
  t.throws(() => klDivergence(m(G1.d), m(G2.t)), { code: 'KDX_SHAPE' });
  t.throws(() => klDivergence(m(G1.d), m(G1.t), { temperature: 0 }), { code: 'KDX_RANGE' });
  t.throws(() => meanSquaredError(m(G1.d), m(G2.t)), { code: 'KDX_SHAPE' });
});
