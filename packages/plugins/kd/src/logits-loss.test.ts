import { near } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { logitsLoss } from './index.js';

await tf.setBackend('cpu');

// S1 and S4 of the specification of SHAKE.
const s = [
  [2, 1, 0, -1],
  [0.5, 0.5, -0.5, 1.5],
];
const t4 = [
  [3, 0, 0, -3],
  [-1, 0, 1, 4],
];
const h = [
  [1, 2, -1, 0],
  [0, -1, 0, 3],
];
const loss = (student: number[][], teacher: number[][], temperature: number): number =>
  logitsLoss(tf.tensor2d(student), tf.tensor2d(teacher), temperature).dataSync()[0];
const gradient = (student: number[][], teacher: number[][], temperature: number): number[] => [
  ...tf
    .grad((x) => logitsLoss(x as tf.Tensor2D, tf.tensor2d(teacher), temperature))(tf.tensor2d(student))
    .dataSync(),
];

/** The definition in double precision, in another form: cross-entropy minus entropy. */
function reference(student: number[][], teacher: number[][], temperature: number): number {
  const log = (row: number[]) => {
    const scaled = row.map((x) => x / temperature);
    const top = Math.max(...scaled);
    const norm = top + Math.log(scaled.reduce((sum, x) => sum + Math.exp(x - top), 0));
    return scaled.map((x) => x - norm);
  };
  const perRow = student.map((row, b) => {
    const [q, p] = [log(row), log(teacher[b])];
    const cross = p.reduce((sum, lp, k) => sum - Math.exp(lp) * q[k], 0);
    const entropy = p.reduce((sum, lp) => sum - Math.exp(lp) * lp, 0);
    return temperature ** 2 * (cross - entropy);
  });
  return perRow.reduce((sum, x) => sum + x, 0) / student.length;
}

test('golden values: KL at τ 1 and 4', (t) => {
  t.true(near(loss(s, t4, 4), 0.9037391489));
  t.true(near(loss(s, t4, 1), 0.3162858875));
  t.true(near(loss(s, h, 4), 0.5767222409));
});

test('the teacher comes first: the other direction is another number', (t) => {
  t.true(near(loss(h, s, 4), 0.58541781));
  t.false(near(loss(t4, s, 4), 0.9037391489, 1e-3));
});

test('golden gradient: τ(σ(s/τ) − σ(h/τ))/B', (t) => {
  t.true(
    near(
      gradient(s, h, 4),
      [0.154809, -0.154809, 0.093897, -0.093897, 0.083755, 0.174118, -0.025135, -0.232738],
      1e-6,
    ),
  );
});

for (const classes of [2, 10, 100, 1000]) {
  test(`${classes} classes: value and gradient against the definition`, (t) => {
    const rows = (phase: number) =>
      [0, 1, 2].map((b) => Array.from({ length: classes }, (_, k) => 4 * Math.sin(phase * (k + 1) + 2 * b)));
    const [student, teacher] = [rows(1.3), rows(0.7)];
    const expected = reference(student, teacher, 4);
    t.true(near(loss(student, teacher, 4), expected, 1e-5 * expected));
    const slopes = gradient(student, teacher, 4);
    for (const k of [0, 1, classes - 1]) {
      const nudged = (by: number) => [student[0].with(k, student[0][k] + by), ...student.slice(1)];
      const slope = (reference(nudged(1e-4), teacher, 4) - reference(nudged(-1e-4), teacher, 4)) / 2e-4;
      t.true(near(slopes[k], slope, 1e-6), `class ${k}`);
    }
  });
}

test('a student that says what the teacher says has no loss and nothing to learn', (t) => {
  for (const temperature of [0.5, 1, 4, 20]) {
    t.true(near(loss(t4, t4, temperature), 0, 1e-7));
    t.true(near(gradient(t4, t4, temperature), Array(8).fill(0), 1e-7));
  }
});

test('far logits stay finite', (t) => {
  const value = loss([[1000, -1000]], [[-1000, 1000]], 1);
  t.true(near(value, 2000, 1e-3));
});
