import { fuseHeads } from '@kdx/task-classification';
import { near } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { hardDistillation, type SoftDivisor, softDistillation } from './index.js';

await tf.setBackend('cpu');

// G1 and G2 of the specification of DeiT: the first row is G1, both are G2.
const zd = [
  [0.3, 1.2, -0.4],
  [1.5, -0.3, 0.2],
];
const zt = [
  [1, -0.5, 2],
  [3, 0, -1],
];
const rows = (logits: number[][], count: number) => tf.tensor2d(logits.slice(0, count));
const hard = (count: number) => hardDistillation(rows(zd, count), rows(zt, count)).dataSync()[0];
const soft = (count: number, temperature: number, divisor: SoftDivisor) =>
  softDistillation(rows(zd, count), rows(zt, count), { temperature, divisor }).dataSync()[0];

test('hard: cross-entropy with the teacher’s decision, without smoothing', (t) => {
  t.true(near(hard(1), 2.07528104));
  t.true(near(hard(2), 1.21920827));
});

test('soft: τ² · KL(teacher ‖ student), by number of elements or by batch', (t) => {
  t.true(near(soft(1, 1, 'batchmean'), 1.0403164));
  t.true(near(soft(1, 1, 'numel'), 0.34677213));
  t.true(near(soft(1, 3, 'batchmean'), 1.32529054));
  t.true(near(soft(1, 3, 'batchmean') / 9, 0.1472545), 'KL itself');
  t.true(near(soft(1, 3, 'numel'), 0.44176351));
  t.true(near(soft(2, 3, 'numel'), 0.31398697));
  t.true(near(soft(2, 3, 'batchmean'), 0.94196091));
  t.true(near((soft(2, 3, 'batchmean') * 2) / 9, 0.20932465), 'sum of KL');
});

test('the direction matters', (t) => {
  const reverse = (temperature: number) =>
    softDistillation(rows(zt, 1), rows(zd, 1), { temperature, divisor: 'batchmean' }).dataSync()[0];
  t.true(near(reverse(1), 1.27497678));
  t.true(near(reverse(3) / 9, 0.15543815));
});

test('gradients of the terms for the student', (t) => {
  const slope = (loss: (student: tf.Tensor2D) => tf.Scalar) => [
    ...tf
      .grad((x) => loss(x as tf.Tensor2D))(rows(zd, 1))
      .dataSync(),
  ];
  // The golden gradients are of the totals; z_d is in no other term.
  const byHard = slope((student) => hardDistillation(student, rows(zt, 1)));
  t.true(
    near(
      byHard.map((x) => 0.5 * x),
      [0.12638427, 0.31085515, -0.43723943],
    ),
  );
  const bySoft = slope((student) =>
    softDistillation(student, rows(zt, 1), { temperature: 3, divisor: 'numel' }),
  );
  t.true(
    near(
      bySoft.map((x) => 0.1 * x),
      [-0.00148013, 0.02276195, -0.02128183],
    ),
  );
});

test('the teacher’s decision carries no gradient', (t) => {
  const slope = tf.grad((teacher) => hardDistillation(rows(zd, 2), teacher as tf.Tensor2D))(rows(zt, 2));
  t.deepEqual([...slope.dataSync()], Array(6).fill(0));
});

test('G4: mean of logits and sum of softmax can choose another class', (t) => {
  const heads = { class: Float32Array.of(5, 0, 0), distillation: Float32Array.of(-8, 1, 0) };
  t.true(near([...fuseHeads('mean', heads, 3)], [-1.5, 0.5, 0]));
  const fused = [...fuseHeads('sum-softmax', heads, 3)];
  t.true(
    near(
      fused.map((x) => 2 * Math.exp(x)),
      [0.9867935, 0.73764098, 0.27556551],
    ),
  );
  t.is(fused.indexOf(Math.max(...fused)), 0);
  t.deepEqual([...fuseHeads('class', heads, 3)], [5, 0, 0]);
});
