import type { Explanation } from '@kdx/core/inspect';
import test from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, kdx, kdxOk } from '../support/cli.js';
import { DATA, STUDENT, TEACHER } from '../support/tiny-run.js';

const onBackend = backendTest(test);

const explain = (...args: string[]): string[] => [
  ...['explain', '--student', STUDENT, '--teacher', TEACHER, '--data', DATA, ...BACKEND_FLAGS],
  ...args,
];
const twoStages = explain('--plugins', fixture('two-stages.mjs'), '--epochs', '30');

onBackend('constant weights stand in front as one number', async (t) => {
  const { stdout } = await kdxOk(explain('--plugins', 'kd'));
  t.regex(stdout, /L = 0\.1 · CE\(z, ỹ\) +classification\/ce\n/);
  t.regex(stdout, /\+ 0\.9 · τ²·KL\(t ‖ s\), τ=4 +kd\/logits\n/);
  t.notRegex(stdout, /Weights over epochs/);
});

onBackend('two stages are printed with names, definitions and the epochs in which they change', async (t) => {
  const { stdout } = await kdxOk(twoStages);
  for (const text of [
    'L = α(e) · CE(z, ỹ)',
    '+ (1 − α(e)) · CE(z_d, argmax t)',
    '+ 0.2 · (1 − α(e))/(1 − α₁) · (KL(z_d ‖ z_c) + KL(z_c ‖ z_d))',
    '+ β(e) · MSE(aligner(b₀), F_t)',
    'α(e) = 0.5 → 1 over epochs 25…29',
    'balance held by two-stages',
    'deit 0.1.0 (brought by two-stages)',
    'reads   module.two-stages/aligner [B, 16], teacher.layer2 [B, 16, 16, 16]',
    'learns in epochs 0–24 from two-stages/hidden',
    'leaves the optimiser at epoch',
    'runs to its logits in epochs 0–28, is not run in epoch 29',
    'with distillation-token, asked for by deit',
  ]) {
    t.true(stdout.includes(text), text);
  }
  t.regex(stdout, /\n +26 +0\.625 +0\.375 +0\.15 +0 +0\.75 +logits\n/);
  t.regex(stdout, /\n +29 +1 +0 +0 +0 +0 +not run\n/);
});

onBackend('no line is wider than a terminal of 100 columns', async (t) => {
  for (const args of [twoStages, explain('--plugins', `deit,${fixture('hint.mjs')}`)]) {
    const { stdout } = await kdxOk(args);
    for (const line of stdout.split('\n')) t.true([...line].length <= 100, line);
  }
});

onBackend('Markdown has the formula as code and tables whose rows all have as many cells', async (t) => {
  const { stdout } = await kdxOk([...twoStages, '--format', 'markdown']);
  t.regex(stdout, /^## .* taught by convnet\?width=8 on shapes/);
  t.regex(stdout, /```\nL = α\(e\) · CE\(z, ỹ\)\n {2}\+ /);
  const tables = stdout.split(/\n\n/).filter((block) => block.startsWith('|'));
  t.true(tables.length >= 3);
  for (const table of tables) {
    const cells = table
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/(?<!\\)\|/).length);
    t.is(new Set(cells).size, 1, table);
  }
});

onBackend('JSON is one object on one line, by --format and by --json alike', async (t) => {
  const long = (await kdxOk([...twoStages, '--format', 'json'])).stdout;
  t.is(long, (await kdxOk([...twoStages, '--json'])).stdout);
  const { terms, learningRates } = JSON.parse(long) as Explanation;
  const hidden = terms.find(({ id }) => id === 'two-stages/hidden');
  t.deepEqual(hidden?.weights, [
    [0, 1],
    [25, 0],
  ]);
  t.is(learningRates[0][0], 0);
});

test('a format that is none, or two at once, is wrong usage', async (t) => {
  const wrong = await kdx(explain('--format', 'latex'));
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /latex.*text, markdown, json/);
  t.is((await kdx(explain('--format', 'text', '--json'))).code, 2);
});
