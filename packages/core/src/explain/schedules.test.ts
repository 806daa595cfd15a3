import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { linear, type Plugin, type Schedule, type Term, warmup } from '../index.js';
import { explainRun } from '../inspect.js';
import { TinyModel } from '../train/tiny-model.test.helper.js';
import { plugin, task, tinyData, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const term = (id: string, more: Partial<Term>): Term => ({
  id,
  group: 'hint',
  reads: ['student.layer1'],
  compute: () => tf.scalar(0),
  ...more,
});

const explained = async (plugins: readonly Plugin[], epochs = 8) => {
  const run = await tinyRun({
    teachers: [new TinyModel({ name: 'big' })],
    plugins: [...plugins, task()],
    settings: { epochs },
  });
  const told = explainRun(run.composition);
  await run.dispose();
  return told;
};

/** Two stages: α rises from ½ to 1 in the second, where the hint is gone. */
const alpha = linear({ from: 0.5, to: 1, start: 4, end: 7 });
const stages = plugin('stages', {
  setup(ctx) {
    const of = (text: string, f: (a: number) => number): Schedule => ({ at: (c) => f(alpha.at(c)), text });
    ctx.balance({
      task: { ...alpha, text: `α(e) = ${alpha.text}` },
      distill: of('1 − α(e)', (a) => 1 - a),
      mutual: of('(1 − α(e))/(1 − α₁)', (a) => (1 - a) / 0.5),
      hint: { at: ({ epoch }) => (epoch < 4 ? 1 : 0), text: '1 before epoch 4' },
    });
    ctx.addTerm(
      term('kd', { group: 'distill', reads: ['student.logits', 'teacher.logits'], formula: 'KL(t ‖ s)' }),
    );
    ctx.addTerm(
      term('both', { group: 'mutual', weight: 0.2, formula: 'forward + reverse', reads: ['student.logits'] }),
    );
    ctx.addTerm(term('hidden', { reads: ['student.layer1', 'teacher.layer1'], formula: 'MSE(F_s, F_t)' }));
    ctx.addTerm(term('self', { group: 'aux', weight: warmup(4), formula: 'H(s)' }));
  },
});

test('the formula of two stages reads like the paper’s: names, sums in brackets, one number in front', async (t) => {
  const { terms, symbols } = await explained([stages]);
  t.deepEqual(
    terms.map(({ summand }) => summand),
    [
      '0.2 · (1 − α(e))/(1 − α₁) · (forward + reverse)',
      'b_hint(e) · MSE(F_s, F_t)',
      '(1 − α(e)) · KL(t ‖ s)',
      'w_self(e) · H(s)',
      'α(e) · task/ce',
    ],
  );
  t.deepEqual(symbols, [
    { symbol: 'b_hint(e)', definition: '1 before epoch 4', of: 'balance of hint, by stages' },
    { symbol: 'w_self(e)', definition: 'min(1, (e+1)/4)', of: 'weight of stages/self' },
    { symbol: 'α(e)', definition: '0.5 → 1 over epochs 4…7', of: 'balance of task, by stages' },
  ]);
});

test('weights over epochs are those of the schedules', async (t) => {
  const { terms } = await explained([stages]);
  const at = (id: string): [number, number][] =>
    (terms.find((each) => each.id === id)?.weights ?? []).map(([e, w]) => [e, +w.toFixed(6)]);
  t.deepEqual(at('stages/kd'), [
    [0, 0.5],
    [5, 0.333333],
    [6, 0.166667],
    [7, 0],
  ]);
  t.deepEqual(at('stages/hidden'), [
    [0, 1],
    [4, 0],
  ]);
  t.deepEqual(at('stages/self'), [
    [0, 0.25],
    [1, 0.5],
    [2, 0.75],
    [3, 1],
  ]);
});

test('a teacher runs as deep as it is read, and not at all where nobody does', async (t) => {
  const onlyTap = plugin('only-tap', {
    setup: (ctx) =>
      ctx.addTerm(
        term('hint', {
          reads: ['student.layer1', 'teacher.layer1'],
          weight: { at: ({ epoch }) => (epoch < 2 ? 1 : 0), text: '1, then 0' },
        }),
      ),
  });
  const depth = async (plugins: readonly Plugin[]) => (await explained(plugins)).models[1].depth;
  t.deepEqual(await depth([onlyTap]), [
    [0, 'layer1'],
    [2, null],
  ]);
  t.deepEqual(await depth([stages]), [
    [0, 'logits'],
    [7, null],
  ]);
  t.deepEqual(await depth([]), [[0, null]]);
});

test('constant weights are one number, and a weight that moves within an epoch says so', async (t) => {
  const mixed = plugin('mixed', {
    setup(ctx) {
      ctx.balance({ distill: 0.9 });
      ctx.addTerm(
        term('logits', { group: 'distill', formula: 'τ²·KL(t ‖ s), τ=4', reads: ['student.logits'] }),
      );
      ctx.addTerm(term('third', { group: 'distill', weight: 1 / 3, formula: 'x' }));
      ctx.addTerm(term('moving', { weight: linear({ from: 0, to: 1, per: 'step' }) }));
    },
  });
  const { terms, learners } = await explained([mixed], 2);
  const of = (id: string) => terms.find((each) => each.id === `mixed/${id}`);
  t.is(of('logits')?.summand, '0.9 · τ²·KL(t ‖ s), τ=4');
  t.is(of('third')?.summand, '0.3 · x');
  t.false(of('third')?.movesWithinEpoch);
  t.true(of('moving')?.movesWithinEpoch);
  t.deepEqual(learners[0].epochs, [[0, 1]]);
});

test('two plugins that call their schedules alike do not share a symbol', async (t) => {
  const a = plugin('a', { setup: (ctx) => ctx.addTerm(term('x', { weight: named('α(e) = 0.1 → 0.2') })) });
  const b = plugin('b', { setup: (ctx) => ctx.addTerm(term('x', { weight: named('α(e) = 0.3 → 0.4') })) });
  function named(text: string): Schedule {
    return { at: ({ epoch }) => 1 + epoch, text };
  }
  const { terms, symbols } = await explained([a, b]);
  t.deepEqual(
    terms.map(({ summand }) => summand),
    ['α(e) · a/x', 'w_b/x(e) · b/x', 'task/ce'],
  );
  t.deepEqual(
    symbols.map(({ symbol, definition }) => [symbol, definition]),
    [
      ['α(e)', '0.1 → 0.2'],
      ['w_b/x(e)', '0.3 → 0.4'],
    ],
  );
});

test('what the targets are is said in words', async (t) => {
  const targets = async (settings: object) => {
    const run = await tinyRun({ data: tinyData(), settings });
    const { training } = explainRun(run.composition);
    await run.dispose();
    return training.targets;
  };
  t.is(await targets({}), 'one-hot labels');
  t.is(
    await targets({ labelSmoothing: 0.1, smoothingRule: 'others' }),
    'one-hot labels, smoothing 0.1 to the other classes',
  );
  t.is(
    await targets({ labelSmoothing: 0.1, mixup: 0.8, cutmix: 1, mixSwitch: 0.5 }),
    'one-hot labels, smoothing 0.1, mixed by mixup 0.8 or cutmix 1 (cutmix in 50 %)',
  );
  t.is(
    await targets({ mixup: 0.8, cutmix: 1, cutmixMargin: 0.1, mixMode: 'pair', mixProbability: 0.5 }),
    'one-hot labels, mixed by mixup 0.8 or cutmix 1 (margin 0.1) (cutmix in 50 %) of 50 % of pairs, each pair of images in its own way',
  );
  t.is(
    await targets({ cutmixMinmax: [0.2, 0.8], mixMode: 'elem' }),
    'one-hot labels, mixed by cutmix of sides 0.2 to 0.8, each image in its own way',
  );
});
