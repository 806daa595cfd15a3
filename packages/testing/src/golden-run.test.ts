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

const LOGITS = [
  [2, 1, 0],
  [0.5, -0.5, 1],
];
const logSoftmax = (row: readonly number[]) => {
  const norm = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return row.map((logit) => logit - norm);
};
/** Cross-entropy of {@link LOGITS} with these targets and its gradient, in double precision. */
function expectedOf(targets: readonly (readonly number[])[]) {
  const logs = LOGITS.map(logSoftmax);
  const loss = targets
    .flatMap((row, i) => row.map((p, k) => (-p * logs[i][k]) / 2))
    .reduce((sum, x) => sum + x, 0);
  return { loss, slope: targets.flatMap((row, i) => row.map((p, k) => (Math.exp(logs[i][k]) - p) / 2)) };
}

test('a step may be given soft targets, mixed and smoothed', async (t) => {
  const targets = [
    [0.7, 0.25, 0.05],
    [0.1, 0.3, 0.6],
  ];
  const { loss, slope } = expectedOf(targets);
  for (const labels of [undefined, [1, 1]]) {
    const found = await step({ plugins: [], student: { class: LOGITS }, labels, targets });
    t.true(near(found.loss, loss));
    t.true(near(found.gradients['student/class'], slope));
  }
});

test('a step may smooth its labels by the run’s settings', async (t) => {
  const { loss } = expectedOf([
    [0.8, 0.1, 0.1],
    [0.1, 0.1, 0.8],
  ]);
  const settings = { labelSmoothing: 0.2, smoothingRule: 'others' } as const;
  const found = await step({ plugins: [], student: { class: LOGITS }, labels: [0, 2], settings });
  t.true(near(found.loss, loss));
});

test('targets that do not fit the logits are refused', async (t) => {
  const refused = async (over: Partial<Parameters<typeof step>[0]>) =>
    (await t.throwsAsync(step({ plugins: [], student: { class: LOGITS }, ...over }), { code: 'KDX_SHAPE' }))
      .message;
  t.regex(await refused({}), /neither labels nor targets/);
  t.regex(await refused({ labels: [0] }), /2 rows of 3 logits and 1 labels/);
  t.regex(await refused({ targets: [[1, 0, 0]] }), /targets of \[1, 3\]/);
  t.regex(
    await refused({
      targets: [
        [1, 0],
        [0, 1],
      ],
    }),
    /targets of \[2, 2\]/,
  );
});
