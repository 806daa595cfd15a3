import { explainRun } from '@kdx/core/inspect';
import { near, step, wired } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type DeitOptions, deit } from './index.js';

await tf.setBackend('cpu');

const zc = [
  [2, 0.5, -1],
  [-0.2, 0.1, 0.4],
];
const zd = [
  [0.3, 1.2, -0.4],
  [1.5, -0.3, 0.2],
];
const zt = [
  [1, -0.5, 2],
  [3, 0, -1],
];
const labels = [0, 1];
const golden = (count: number, options?: DeitOptions) => ({
  student: { class: zc.slice(0, count), distillation: zd.slice(0, count) },
  teachers: [zt.slice(0, count)],
  labels: labels.slice(0, count),
  plugins: [deit(options)],
});
const code = (error: unknown) => (error as { code?: string } | undefined)?.code;

test('G1 and G2 in full: totals of a step', async (t) => {
  for (const [count, options, total] of [
    [1, {}, 1.15829617],
    [1, { type: 'soft' }, 0.26135652],
    [1, { type: 'soft', divisor: 'batchmean' }, 0.34970922],
    [1, { type: 'soft', alpha: 0.5 }, 0.34153741],
    [1, { type: 'soft', alpha: 0.5, temperature: 1 }, 0.29404171],
    [1, { type: 'soft', alpha: 0.5, temperature: 1, divisor: 'batchmean' }, 0.64081385],
    [2, { type: 'hard' }, 0.9520295],
    [2, { type: 'soft' }, 0.64776436],
  ] as const) {
    const { loss, teacherMoved } = await step(golden(count, options));
    t.true(near(loss, total), `${count} ${JSON.stringify(options)}: ${loss}`);
    t.false(teacherMoved);
  }
});

test('the parts of a step: cross-entropy of the class head, the teacher’s term of the other', async (t) => {
  const { terms } = await step(golden(2));
  t.true(near(terms['base/ce'], 0.68485073));
  t.true(near(terms['deit/kd'], 1.21920827));
});

test('G1: gradients for z_d, none for the teacher', async (t) => {
  const hard = await step(golden(1));
  t.deepEqual(Object.keys(hard.gradients).sort(), ['student/class', 'student/distillation']);
  t.true(near(hard.gradients['student/distillation'], [0.12638427, 0.31085515, -0.43723943]));
  const soft = await step(golden(1, { type: 'soft' }));
  t.true(near(soft.gradients['student/distillation'], [-0.00148013, 0.02276195, -0.02128183]));
});

test('the class head does not learn from the teacher', async (t) => {
  const { gradients } = await step(golden(1));
  const e = zc[0].map(Math.exp);
  const p = e.map((x) => x / e.reduce((a, b) => a + b, 0));
  t.true(
    near(
      gradients['student/class'],
      p.map((x, k) => 0.5 * (x - (k === 0 ? 1 : 0))),
    ),
  );
});

test('G1 with one head: the classical form, for any student', async (t) => {
  const classical = { ...golden(1, { classical: true }), student: { class: zc.slice(0, 1) } };
  const { loss, gradients } = await step(classical);
  t.true(near(loss, 1.7413113));
  t.deepEqual(Object.keys(gradients), ['student/class']);
  const run = await wired(classical);
  t.is(run.composition.headRule, 'class');
  t.deepEqual(run.composition.adaptations, []);
  await run.dispose();
});

test('the student gets the token, and its heads are fused as the option says', async (t) => {
  for (const [options, rule] of [
    [{}, 'mean'],
    [{ fusion: 'sum-softmax' }, 'sum-softmax'],
  ] as const) {
    const run = await wired(golden(2, options));
    t.deepEqual(run.composition.adaptations, [{ adaptation: 'distillation-token', plugin: 'deit' }]);
    t.is(run.composition.headRule, rule);
    await run.dispose();
  }
});

test('explained: balance, formula, what it reads and trains', async (t) => {
  for (const [options, formula, weights] of [
    [{}, 'CE(z_d, argmax t)', [0.5, 0.5]],
    [{ type: 'soft' }, 'τ²·KL(t ‖ z_d), τ=3, ÷ B·K', [0.9, 0.1]],
    [{ type: 'soft', divisor: 'batchmean', alpha: 0.3 }, 'τ²·KL(t ‖ z_d), τ=3, ÷ B', [0.7, 0.3]],
  ] as const) {
    const run = await wired(golden(2, options));
    const told = explainRun(run.composition);
    t.is(told.balance.owner, 'deit');
    const term = told.terms.find(({ id }) => id === 'deit/kd');
    t.is(term?.formula, formula);
    t.deepEqual(
      term?.reads.map(({ ref }) => ref),
      ['student.heads.distillation', 'teacher.logits'],
    );
    t.deepEqual(term?.trains, ['student']);
    const base = told.terms.find(({ id }) => id === 'base/ce');
    t.deepEqual([base?.weights[0][1], term?.weights[0][1]], weights);
    await run.dispose();
  }
});

test('a student that can take no token is refused with the way out', async (t) => {
  const cnn = { ...golden(1), student: { class: zc.slice(0, 1) } };
  const error = await t.throwsAsync(wired(cnn));
  t.is(code(error), 'KDX_ADAPT_UNSUPPORTED');
  t.regex(error?.message ?? '', /"given" has no place for a distillation token/);
  t.true(error?.message.includes(`--plugins 'deit:{"classical":true}'`));
});

test('a run without a teacher is refused, before its student is', async (t) => {
  const error = await t.throwsAsync(
    wired({ ...golden(1), student: { class: zc.slice(0, 1) }, teachers: [] }),
  );
  t.is(code(error), 'KDX_TEACHER_MISSING');
});

test('wrong options are refused by name', (t) => {
  for (const [options, message] of [
    [{ type: 'medium' }, /type: .*"hard"\|"soft"/],
    [{ alpha: -0.1 }, /alpha: .*>=0/],
    [{ temperature: 0 }, /temperature: .*>0/],
    [{ divisor: 'batch' }, /divisor: .*"numel"\|"batchmean"/],
    [{ tau: 3 }, /"tau"/],
  ] as const) {
    const error = t.throws(() => deit(options as never));
    t.is(code(error), 'KDX_PLUGIN_OPTIONS');
    t.regex(error.message, message);
  }
});

test('the default weight follows the type: 0.5 hard, 0.1 soft', (t) => {
  const alpha = (options?: DeitOptions) => (deit(options).options as { alpha: number }).alpha;
  t.deepEqual([alpha(), alpha({ type: 'soft' }), alpha({ type: 'soft', alpha: 0 })], [0.5, 0.1, 0]);
});
