import { explainRun } from '@kdx/core/inspect';
import { near, step, wired } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { kd, logitsLoss } from './index.js';

await tf.setBackend('cpu');

const s = [
  [2, 1, 0, -1],
  [0.5, 0.5, -0.5, 1.5],
];
const teacher = [
  [3, 0, 0, -3],
  [-1, 0, 1, 4],
];
const other = [
  [1, 2, -1, 0],
  [0, -1, 0, 3],
];
const [CE, KL, KL_OTHER] = [0.5333565368, 0.9037391489, 0.5767222409];
const golden = { student: { class: s }, teachers: [teacher], labels: [0, 3] };
const code = (error: unknown) => (error as { code?: string } | undefined)?.code;

test('B5: 0.1 · CE + 0.9 · KL at τ 4, by default', async (t) => {
  const { loss, terms, teacherMoved } = await step({ ...golden, plugins: [kd()] });
  t.true(near(terms['base/ce'], CE));
  t.true(near(terms['kd/logits'], KL));
  t.true(near(loss, 0.1 * CE + 0.9 * KL));
  t.false(teacherMoved);
});

test('the student alone gets a gradient: (1 − α)(σ(s) − y)/B + α τ (σ(s/τ) − σ(t/τ))/B', async (t) => {
  const softmax = (row: number[], temperature = 1) => {
    const e = row.map((x) => Math.exp(x / temperature));
    return e.map((x) => x / e.reduce((a, b) => a + b, 0));
  };
  const expected = s.flatMap((row, b) => {
    const [q, hot, cold, p] = [softmax(row), [0, 3][b], softmax(row, 4), softmax(teacher[b], 4)];
    return row.map((_, k) => (0.1 * (q[k] - (k === hot ? 1 : 0)) + 0.9 * 4 * (cold[k] - p[k])) / 2);
  });
  const { gradients } = await step({ ...golden, plugins: [kd()] });
  t.deepEqual(Object.keys(gradients), ['student/class']);
  t.true(near(gradients['student/class'], expected));
});

test('options: temperature and weight', async (t) => {
  const { loss } = await step({ ...golden, plugins: [kd({ temperature: 1, alpha: 0.25 })] });
  t.true(near(loss, 0.75 * CE + 0.25 * 0.3162858875));
  const alone = await step({ ...golden, plugins: [kd({ alpha: 0 })] });
  t.deepEqual(Object.keys(alone.terms), ['base/ce'], 'without weight there is no teacher');
  t.true(near(alone.loss, CE));
});

test('two teachers count equally', async (t) => {
  const { loss, terms } = await step({ ...golden, teachers: [teacher, other], plugins: [kd()] });
  t.true(near(terms['kd/logits'], KL));
  t.true(near(terms['kd/logits2'], KL_OTHER));
  t.true(near(loss, 0.1 * CE + (0.9 * (KL + KL_OTHER)) / 2));
});

test('explained: who holds the balance, and the formula', async (t) => {
  const run = await wired({ ...golden, plugins: [kd()] });
  const { balance, terms } = explainRun(run.composition);
  t.is(balance.owner, 'kd');
  const term = terms.find(({ id }) => id === 'kd/logits');
  t.is(term?.formula, 'τ²·KL(t ‖ s), τ=4');
  t.deepEqual(term?.weights, [[0, 0.9]]);
  t.deepEqual(term?.trains, ['student']);
  await run.dispose();
});

test('a run without a teacher is refused with the flag that gives one', async (t) => {
  const error = await t.throwsAsync(wired({ ...golden, teachers: [], plugins: [kd()] }));
  t.is(code(error), 'KDX_TEACHER_MISSING');
  t.regex(error?.message ?? '', /Plugin "kd".*--teacher MODEL@WEIGHTS/);
});

test('wrong options are refused by name', (t) => {
  for (const [options, message] of [
    [{ temperature: 0 }, /temperature: .*>0/],
    [{ alpha: 1.5 }, /alpha: .*<=1/],
    [{ alpha: '0.5' }, /alpha: .*number/],
    [{ tau: 4 }, /"tau"/],
  ] as const) {
    const error = t.throws(() => kd(options as never));
    t.is(code(error), 'KDX_PLUGIN_OPTIONS');
    t.regex(error.message, /Plugin "kd"/);
    t.regex(error.message, message);
  }
});

test('the loss stands alone as a function', (t) => {
  const value = tf.tidy(() => logitsLoss(tf.tensor2d(s), tf.tensor2d(teacher), 4).dataSync()[0]);
  t.true(near(value, KL));
});
