import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type ModelRecipe } from '../index.js';
import { explainRun } from '../inspect.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { code, plugin, task, tinyData, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const knowing = (name: string, model: string, recipe: ModelRecipe) =>
  plugin(name, {
    configure: (ctx) => ctx.hook('resolveModel', (asked) => (asked === model ? recipe : undefined)),
  });
const adapting = (name: string) =>
  plugin(name, { configure: (ctx) => ctx.adaptStudent('distillation-token', true) });
const zoo = {
  model: (name: string): ModelRecipe => {
    if (name === 'zoo') return tiny({ name: 'zoo', adaptable: true });
    throw new KdxError('KDX_MODEL_UNKNOWN', `No model is called "${name}".`);
  },
  data: () => tinyData(),
};

test('a name that a plugin knows is resolved by it, for student and teacher', async (t) => {
  const knows = knowing('knows', 'mine', tiny({ name: 'mine' }));
  const run = await tinyRun({
    student: 'mine',
    teachers: ['mine'],
    plugins: [task(), knows],
    resolvers: zoo,
  });
  t.is(run.composition.student.spec.name, 'mine');
  t.is(run.composition.teachers[0].spec.name, 'mine');
  await run.dispose();
});

test('a plugin is asked before the zoo, and the first that answers wins', async (t) => {
  const first = knowing('a', 'zoo', tiny({ name: 'of a' }));
  const second = knowing('b', 'zoo', tiny({ name: 'of b' }));
  const run = await tinyRun({ student: 'zoo', plugins: [second, task(), first], resolvers: zoo });
  t.is(run.composition.student.spec.name, 'of a');
  await run.dispose();
});

test('adaptations made before another plugin answers for the student are made again', async (t) => {
  const late = knowing('late', 'zoo', tiny({ name: 'late', adaptable: true }));
  const run = await tinyRun({ student: 'zoo', plugins: [task(), adapting('adapts'), late], resolvers: zoo });
  t.is(run.composition.student.spec.name, 'late');
  t.deepEqual(run.composition.student.spec.heads, ['class', 'distillation']);
  t.deepEqual(explainRun(run.composition).adaptations, [
    { adaptation: 'distillation-token', plugin: 'adapts' },
  ]);
  await run.dispose();
});

test('a name that nobody knows is refused, also when a plugin looks at it', async (t) => {
  for (const plugins of [[task()], [task(), adapting('adapts')]]) {
    const error = await t.throwsAsync(tinyRun({ student: 'nobody', plugins, resolvers: zoo }));
    t.is(code(error), 'KDX_MODEL_UNKNOWN');
  }
  t.is(code(await t.throwsAsync(tinyRun({ student: 'nobody' }))), 'KDX_MODEL_UNKNOWN');
});

test('data by name goes to the plugins, then to the resolver', async (t) => {
  const mine = { ...tinyData(), name: 'mine' };
  const knows = plugin('knows', {
    configure: (ctx) => ctx.hook('resolveData', async (spec) => (spec === 'mine:' ? mine : undefined)),
  });
  for (const [spec, name] of [
    ['mine:', 'mine'],
    ['other:', 'tiny-data'],
  ]) {
    const run = await tinyRun({ data: spec, plugins: [task(), knows], resolvers: zoo });
    t.is(run.composition.data.name, name);
    await run.dispose();
  }
  t.is(code(await t.throwsAsync(tinyRun({ data: 'x' }))), 'KDX_DATA_UNKNOWN');
});

test('each plugin sees what the ones before it made of the student', async (t) => {
  const seen: string[] = [];
  const looking = plugin('zz', {
    configure: (ctx) => void seen.push(`${ctx.student.name} ${ctx.teachers} ${ctx.plugin} ${ctx.epochs}`),
  });
  const run = await tinyRun({
    student: tiny({ adaptable: true }),
    plugins: [task(), adapting('a'), looking],
  });
  t.deepEqual(seen, ['tiny 0 zz 2']);
  t.deepEqual(run.composition.student.spec.heads, ['class', 'distillation']);
  await run.dispose();
});

test('a head rule that needs a second head is refused without one', async (t) => {
  const error = await t.throwsAsync(tinyRun({ settings: { headRule: 'mean' } }));
  t.is(code(error), 'KDX_HEAD_RULE');
  const run = await tinyRun({ student: tiny({ distilled: true }), settings: { headRule: 'mean' } });
  t.is(run.composition.headRule, 'mean');
  await run.dispose();
});

test.serial('what fails in configure() or setup() is named, and nothing of the run is left', async (t) => {
  const before = tf.memory().numTensors;
  const closed: string[] = [];
  const opens = plugin('a', { configure: (ctx) => ctx.hook('close', () => void closed.push('a')) });
  for (const phase of ['configure', 'setup'] as const) {
    const fails = plugin('fails', { [phase]: async () => Promise.reject(new Error('no file')) });
    const error = await t.throwsAsync(tinyRun({ plugins: [task(), opens, fails] }));
    t.is(code(error), 'KDX_PLUGIN_FAILED');
    t.is(error?.message, `Plugin "fails" failed in ${phase}(): no file`);
  }
  t.deepEqual(closed, ['a', 'a'], 'what a plugin opened it can close');
  t.is(tf.memory().numTensors, before);
});

test('one training image makes a run; none, or less than dropLast needs, is refused', async (t) => {
  const one = await tinyRun({ data: tinyData({ train: 1 }) });
  t.is(one.composition.stepsPerEpoch, 1);
  const { steps, trainLoss } = await one.fit();
  t.is(steps, 2);
  t.true(Number.isFinite(trainLoss));
  await one.dispose();

  const none = await t.throwsAsync(tinyRun({ data: tinyData({ train: 0 }) }));
  t.is(code(none), 'KDX_DATA_EMPTY');
  const few = await t.throwsAsync(tinyRun({ data: tinyData({ train: 3 }), settings: { dropLast: true } }));
  t.is(code(few), 'KDX_DATA_SMALL');
  t.regex(few?.message ?? '', /3 training images in an epoch, which do not fill a batch of 4.*--batch/);
  const accumulating = { dropLast: true, accumulate: 4 };
  const step = await t.throwsAsync(tinyRun({ settings: accumulating }));
  t.regex(step?.message ?? '', /12 training images in an epoch, which do not fill a step of 4 batches of 4/);
});
