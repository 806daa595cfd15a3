import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type Plugin, type PluginContext, type Term } from '../index.js';
import { explainRun } from '../inspect.js';
import { TinyModel, tiny } from '../train/tiny-model.test.helper.js';
import {
  code,
  crossEntropy,
  difference,
  fitted,
  plugin,
  task,
  tinyRun,
} from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const zero: Term = { id: 'zero', group: 'aux', reads: ['student.logits'], compute: () => tf.scalar(0) };
const adding = (name: string, term: Partial<Term>) =>
  plugin(name, { setup: (ctx) => ctx.addTerm({ ...zero, ...term }) });
const refusal = async (...plugins: Plugin[]) => {
  const run = await tinyRun({ plugins: [task(), ...plugins] }).catch((error: unknown) => error as Error);
  return run instanceof Error ? run : undefined;
};

test('an unknown tap, head, model or name is refused with a hint, before the first step', async (t) => {
  for (const [ref, expected, message] of [
    [
      'student.layer3',
      'KDX_TAP_UNKNOWN',
      /bad\/zero reads tap "layer3" of student \(tiny\).*Did you mean "layer1"/,
    ],
    ['student.heads.clas', 'KDX_HEAD_UNKNOWN', /Did you mean "class"/],
    ['student.logit', 'KDX_TAP_UNKNOWN', /Did you mean "student\.logits"\?/],
    ['student.logist', 'KDX_TAP_UNKNOWN', /Did you mean "student\.logits"\?/],
    ['student.head.class', 'KDX_TAP_UNKNOWN', /Did you mean "student\.heads\.class"\?/],
    ['studnet.logits', 'KDX_REF', /Did you mean "student\.logits"\?/],
    ['target', 'KDX_REF', /Did you mean "targets"\?/],
    ['image', 'KDX_REF', /Did you mean "images"\?/],
    ['logit', 'KDX_REF', /Did you mean "student\.logits"\?/],
    ['teacher.logits', 'KDX_TEACHER_MISSING', /no teacher; add --teacher/],
    ['teacher1.logits', 'KDX_REF', /"teacher1.logits" is not something a term can read/],
    ['logits', 'KDX_REF', /student\.…/],
    ['module.bad/none', 'KDX_MODULE_UNKNOWN', /no plugin has added before it/],
  ] as const) {
    const error = await refusal(adding('bad', { reads: [ref] }));
    t.is(code(error), expected, ref);
    t.regex(error?.message ?? '', message);
  }
});

test('ctx.tap checks a path at once', async (t) => {
  const refs: string[] = [];
  const tapping = (path: string) =>
    plugin('taps', { setup: (ctx) => void refs.push(ctx.tap('student', path)) });
  t.is(await refusal(tapping('layer1:in')), undefined);
  t.deepEqual(refs, ['student.layer1:in']);
  const error = await refusal(tapping('layr1'));
  t.is(code(error), 'KDX_TAP_UNKNOWN');
  t.regex(error?.message ?? '', /Plugin "taps".*Did you mean "layer1"/);
});

test('a read that was not declared stops the run and names the term', async (t) => {
  const sneaky = adding('sneaky', { compute: ({ read }) => tf.mean(read('student.layer1')) as tf.Scalar });
  const error = await t.throwsAsync(fitted({ plugins: [task(), sneaky] }));
  t.is(code(error), 'KDX_READ_UNDECLARED');
  t.regex(error?.message ?? '', /sneaky\/zero reads "student\.layer1" without declaring it/);
});

test('what a term gives is checked, and what it throws is named', async (t) => {
  for (const [compute, message] of [
    [() => tf.ones([2]), /Term odd\/zero gave a tensor \[2\]; it must be a scalar/],
    [() => Promise.reject(new Error('late')), /Term odd\/zero gave a promise/],
    [() => 3, /Term odd\/zero gave 3; it must be a scalar tensor/],
    [() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])), /Term odd\/zero failed: .*matMul/],
  ] as const) {
    const plugins = [task(), adding('odd', { compute: compute as unknown as Term['compute'] })];
    await t.throwsAsync(fitted({ plugins }), { message });
  }
});

test('ids are prefixed with the plugin and taken once', async (t) => {
  const twice = plugin('twice', { setup: (ctx) => [zero, zero].forEach(ctx.addTerm) });
  t.is(code(await refusal(twice)), 'KDX_TERM_TWICE');
  t.is(await refusal(adding('a', {}), adding('b', {})), undefined, 'two plugins may use one id');
});

test('a group that there is none of is refused', async (t) => {
  const error = await refusal(adding('odd', { group: 'distil' as Term['group'] }));
  t.is(code(error), 'KDX_TERM_GROUP');
  t.regex(error?.message ?? '', /Did you mean "distill"/);
});

test('logits of other classes than the data are refused by name', async (t) => {
  const compare = adding('kd', { reads: ['student.logits', 'teacher.logits'] });
  const teachers = [new TinyModel({ name: 'wide', classes: 10 })];
  const error = await t.throwsAsync(tinyRun({ plugins: [task(), compare], teachers }));
  t.is(code(error), 'KDX_CLASS_COUNT');
  t.regex(error?.message ?? '', /wide has 10 classes.*has 3.*kd\/zero/);
  const hints = adding('hint', { reads: ['teacher.layer2'] });
  const run = await tinyRun({ plugins: [task(), hints], teachers });
  await run.dispose();
});

test('a superseded term is off, its weight is 0 and explain says by whom', async (t) => {
  const weak = adding('weak', { compute: () => tf.scalar(Number.NaN) });
  const strong = plugin('strong', { setup: (ctx) => ctx.supersede('weak/zero', 'strong does it better') });
  const run = await tinyRun({ plugins: [task(), weak, strong] });
  const term = explainRun(run.composition).terms.find(({ id }) => id === 'weak/zero');
  t.deepEqual(term?.superseded, { by: 'strong', reason: 'strong does it better' });
  t.deepEqual(term?.weights, [[0, 0]]);
  await t.notThrowsAsync(run.fit(), 'it is not computed');
  await run.dispose();
});

test('superseding what is not there: another run’s plugin is fine, a wrong name is not', async (t) => {
  const superseding = (id: string) => plugin('strong', { setup: (ctx) => ctx.supersede(id, 'why') });
  t.is(await refusal(superseding('absent/zero')), undefined);
  const error = await refusal(superseding('weak/zer'), adding('weak', {}));
  t.is(code(error), 'KDX_TERM_UNKNOWN');
  t.regex(error?.message ?? '', /Did you mean "weak\/zero"/);
  const own = plugin('own', {
    setup(ctx) {
      ctx.addTerm(zero);
      ctx.supersede('own/zero', 'why');
    },
  });
  t.is(code(await refusal(own)), 'KDX_SUPERSEDE');
});

test('a capability is superseded with all terms of those that offer it, and with no other', async (t) => {
  const own: Term = { id: 'own', group: 'task', reads: ['student.logits'], compute: () => tf.scalar(0) };
  const taking = (name: string, what = 'task', ...brings: Plugin[]) =>
    plugin(name, {
      brings: () => brings,
      setup(ctx) {
        ctx.addTerm(own);
        ctx.supersede(what, `${name} has its own`);
      },
    });
  const offOf = async (...plugins: Plugin[]) => {
    const run = await tinyRun({ plugins: [task(), ...plugins] });
    const { terms } = run.composition;
    await run.dispose();
    return Object.fromEntries(terms.map(({ id, superseded }) => [id, superseded?.by]));
  };
  const rotation = adding('rotation', { group: 'task' });
  t.deepEqual(await offOf(taking('mine'), rotation), {
    'mine/own': undefined,
    'rotation/zero': undefined,
    'task/ce': 'mine',
  });
  t.is((await offOf(taking('outer', 'task', taking('inner'))))['task/ce'], 'outer');
  for (const [plugins, expected, message] of [
    [
      [taking('a'), taking('b')],
      'KDX_SUPERSEDE',
      /"a" and "b" each put terms of their own in place of the task's/,
    ],
    [[taking('a', 'b/own'), taking('b', 'a/own')], 'KDX_SUPERSEDE', /supersede each other's terms/],
    [[taking('a', 'tasks')], 'KDX_TERM_UNKNOWN', /Did you mean "task"/],
  ] as const) {
    const error = await refusal(...plugins);
    t.is(code(error), expected);
    t.regex(error?.message ?? '', message);
  }
});

test('a plugin can ask what the run has, in whatever order they come', async (t) => {
  const seen: boolean[][] = [];
  const asking = (name: string) =>
    plugin(name, {
      setup: (ctx) =>
        void seen.push(['plugin:zeta', 'plugin:none', 'task', 'teacher'].map((what) => ctx.has(what))),
    });
  t.is(await refusal(asking('alpha'), plugin('zeta'), asking('zulu')), undefined);
  t.deepEqual(seen, [
    [true, false, true, false],
    [true, false, true, false],
  ]);
});

test('a wired run takes nothing more', async (t) => {
  const kept: { ctx?: PluginContext; adapt?: () => void } = {};
  const keeper = plugin('keeper', {
    configure(ctx) {
      kept.adapt = () => ctx.adaptStudent('distillation-token', true);
    },
    setup(ctx) {
      kept.ctx = ctx;
    },
  });
  const run = await tinyRun({ plugins: [task(), keeper], student: tiny({ adaptable: true }) });
  const ctx = kept.ctx as PluginContext;
  for (const [what, late] of Object.entries({
    'addTerm()': () => ctx.addTerm(zero),
    'addModule()': () => ctx.addModule('m', { inputs: [], build: () => () => tf.scalar(0) }),
    'supersede()': () => ctx.supersede('task/ce', 'late'),
    'hook()': () => ctx.hook('fitEnd', () => {}),
    'balance()': () => ctx.balance({ task: 2 }),
    'headRule()': () => ctx.headRule('class'),
    'adaptStudent()': () => kept.adapt?.(),
  })) {
    const error = t.throws(late);
    t.is(code(error), 'KDX_FROZEN');
    t.true(error.message.includes(`"keeper" calls ${what}`));
  }
  await run.dispose();
});

test('the sum is Σ balance · weight · term', async (t) => {
  const half = plugin('half', {
    setup(ctx) {
      ctx.balance({ task: 0.25, distill: 0.5 });
      ctx.addTerm({
        id: 'soft',
        group: 'distill',
        weight: 3,
        reads: ['student.logits', 'teacher.logits'],
        compute: ({ read }) => difference(read, 'student.logits', 'teacher.logits'),
      });
      ctx.addTerm({
        id: 'small',
        group: 'aux',
        weight: 0.1,
        reads: ['student.logits', 'targets'],
        compute: ({ read }) =>
          crossEntropy(read<tf.Tensor2D>('student.logits'), read<tf.Tensor2D>('targets')),
      });
    },
  });
  const teacher = new TinyModel({ seed: 3 });
  const { events } = await fitted({ plugins: [task(), half], teachers: [teacher] });
  for (const event of events) {
    if (event.type !== 'step') continue;
    const { 'task/ce': ce, 'half/soft': soft, 'half/small': small } = event.terms;
    t.true(Math.abs(event.loss - (0.25 * ce + 0.5 * 3 * soft + 0.1 * small)) < 1e-6);
  }
});
