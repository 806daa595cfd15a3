import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { near, step } from './index.js';

await tf.setBackend('cpu');

test('a step without methods is cross-entropy and its gradient, softmax less one-hot over B', async (t) => {
  const rows = [
    [2, 1, 0],
    [0.5, -0.5, 1],
  ];
  const labels = [0, 2];
  const softmax = rows.map((row) => {
    const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
    return row.map((logit) => Math.exp(logit) / sum);
  });
  const expected = labels.reduce((total, label, i) => total - Math.log(softmax[i][label]), 0) / 2;
  const slope = softmax.flatMap((row, i) => row.map((p, k) => (p - (k === labels[i] ? 1 : 0)) / 2));
  const { loss, terms, gradients, teacherMoved } = await step({
    plugins: [],
    student: { class: rows },
    labels,
  });
  t.true(near(loss, expected));
  t.true(near(terms['base/ce'], expected));
  t.true(near(gradients['student/class'], slope));
  t.false(teacherMoved);
});

test('near has its tolerance, and compares no numbers of other counts', (t) => {
  t.true(near([1, 2], [1, 2 + 5e-7]));
  t.false(near([1, 2], [1, 2 + 5e-6]));
  t.true(near([1, 2], [1, 2.05], 0.1));
  t.false(near([1, 2], [1]));
});
