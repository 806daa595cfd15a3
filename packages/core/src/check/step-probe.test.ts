import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type Term } from '../index.js';
import { coveringKinds, StepProbe, stepKinds } from '../inspect.js';
import { type Run } from '../run.js';
import { TinyModel, tiny } from '../train/tiny-model.test.helper.js';
import {
  crossEntropy,
  difference,
  plugin,
  task,
  tinyData,
  tinyRun,
  weightsOf,
} from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const withProbe = async <T>(run: Run, use: (probe: StepProbe) => Promise<T>): Promise<T> => {
  const probe = new StepProbe(run.composition);
  try {
    return await use(probe);
  } finally {
    probe.dispose();
    await run.dispose();
  }
};

const hint = (more: Partial<Term> = {}, until = 1) =>
  plugin('hint', {
    setup(ctx) {
      const map = ctx.addModule('map', {
        inputs: ['student.layer1'],
        activeUntil: until,
        build(scope) {
          const weight = scope.parameter('weight', [6, 6], ([n, m], rng) =>
            Float32Array.from({ length: n * m }, () => rng.normal()),
          );
          return ([x]) => tf.matMul(x, weight);
        },
      });
      ctx.addTerm({
        id: 'feature',
        group: 'hint',
        weight: { at: ({ epoch }) => (epoch < 1 ? 0.5 : 0), text: '0.5, then 0' },
        reads: [map, 'teacher.layer2'],
        compute: ({ read }) => difference(read, map, 'teacher.layer2'),
        ...more,
      });
    },
  });

const taught = (plugins = [task(), hint()]) =>
  tinyRun({ teachers: [new TinyModel({ name: 'big', seed: 5 })], plugins });

test('a step is looked at and timed, and everything is where it was', async (t) => {
  const run = await tinyRun({
    teachers: [new TinyModel({ name: 'big', seed: 5 })],
    plugins: [task(), hint()],
    settings: { ema: 0.9, clip: 1 },
  });
  const before = weightsOf(run.composition);
  const tensors = tf.memory().numTensors;
  await withProbe(run, async (probe) => {
    const [{ clock }] = stepKinds(run.composition);
    await probe.inspect(clock);
    const seconds = await probe.secondsPerStep(clock, { budget: 0.01 });
    t.true(seconds > 0 && seconds < 5);
    t.deepEqual(weightsOf(run.composition), before);
  });
  t.true(tf.memory().numTensors < tensors);
});

test('values and gradients of terms, groups and the whole fit together', async (t) => {
  const run = await taught();
  const [{ clock }] = stepKinds(run.composition);
  const step = await withProbe(run, (probe) => probe.inspect(clock));
  t.deepEqual(
    step.terms.map(({ id, group, weight }) => [id, group, weight]),
    [
      ['hint/feature', 'hint', 0.5],
      ['task/ce', 'task', 1],
    ],
  );
  const [feature, ce] = step.terms;
  t.true(Math.abs(step.loss - (0.5 * feature.value + ce.value)) < 1e-5);
  t.deepEqual(Object.keys(feature.gradients.parts), ['module.hint/map', 'student']);
  t.deepEqual(Object.keys(ce.gradients.parts), ['student']);
  const { parts, total } = feature.gradients;
  t.true(Math.abs(total ** 2 - parts['module.hint/map'] ** 2 - parts.student ** 2) < 1e-6);
  // One term to a group: the group's gradient is the term's.
  t.true(Math.abs(step.groups.hint.total - total) < 1e-6);
  // The triangle inequality holds for the sum of two gradients.
  t.true(step.gradients.total <= total + ce.gradients.total + 1e-6);
  t.deepEqual(
    step.reads.map(({ ref, shape }) => [ref, shape]),
    [
      ['student.layer1', [4, 6]],
      ['module.hint/map', [4, 6]],
      ['teacher.layer2', [4, 6]],
      ['student.logits', [4, 3]],
      ['targets', [4, 3]],
    ],
  );
  const targets = step.reads.find(({ ref }) => ref === 'targets');
  t.true(Math.abs((targets?.mean ?? 0) - 1 / 3) < 1e-6 && Math.abs((targets?.zeros ?? 0) - 2 / 3) < 1e-6);
});

test('loss and gradient norm are those of TensorFlow.js’s own backward on the same images', async (t) => {
  // All images in one batch, so that their order does not matter.
  const run = await tinyRun({ plugins: [task()], settings: { batch: 12 } });
  const { student, data } = run.composition;
  const pixels = new Float32Array(12 * 16);
  for (let i = 0; i < 12; i++) await data.train.read(i, pixels.subarray(i * 16, (i + 1) * 16));
  const expected = tf.tidy(() => {
    const images = tf.div(tf.sub(tf.tensor4d(pixels, [12, 4, 4, 1]), 0.5), 0.5) as tf.Tensor4D;
    const targets = tf.oneHot(tf.tensor1d([...(data.train.labels as number[])], 'int32'), 3) as tf.Tensor2D;
    const variables = [...student.parameters.values()].map(({ variable }) => variable);
    const { value, grads } = tf.variableGrads(
      () => crossEntropy(student.forward(images, { training: false }).logits, targets),
      variables,
    );
    const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)).dataSync()[0]);
    return [value.dataSync()[0], Math.sqrt(squares.reduce((a, b) => a + b, 0))];
  });
  const [{ clock }] = stepKinds(run.composition);
  const { loss, gradients, reached } = await withProbe(run, (probe) => probe.inspect(clock));
  t.true(Math.abs(loss - expected[0]) < 1e-5);
  t.true(Math.abs(gradients.total - expected[1]) < 1e-5);
  t.is(reached.length, 6);
});

test('epochs that compute the same are one kind, and the first that cover all terms are looked at', async (t) => {
  const run = await tinyRun({
    teachers: [new TinyModel({ name: 'big' })],
    plugins: [task(), hint()],
    settings: { epochs: 4 },
  });
  const kinds = stepKinds(run.composition);
  t.deepEqual(
    kinds.map(({ clock, epochs, terms }) => [clock.epoch, epochs, terms]),
    [
      [0, 1, ['hint/feature', 'task/ce']],
      [1, 3, ['task/ce']],
    ],
  );
  t.deepEqual(
    coveringKinds(kinds).map(({ clock }) => clock.epoch),
    [0],
  );
  await run.dispose();
});

test('a weight that begins its first epoch at 0 is looked at where it is more', async (t) => {
  const late = plugin('late', {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'x',
        group: 'aux',
        weight: { at: ({ step }) => step / 10, text: 'step/10' },
        reads: ['student.layer1'],
        compute: ({ read }) => tf.mean(tf.square(read('student.layer1'))),
      }),
  });
  const run = await tinyRun({ plugins: [task(), late] });
  t.deepEqual(stepKinds(run.composition)[0].terms, ['late/x', 'task/ce']);
  t.is(stepKinds(run.composition)[0].clock.epoch, 0);
  await run.dispose();
});

test('a part that a term says it trains and does not reach has no gradient there', async (t) => {
  const run = await taught([
    task(),
    hint({
      trains: ['student'],
      reads: ['teacher.layer2'],
      compute: ({ read }) => tf.mean(read('teacher.layer2')),
    }),
  ]);
  const [{ clock }] = stepKinds(run.composition);
  const step = await withProbe(run, (probe) => probe.inspect(clock));
  const feature = step.terms.find(({ id }) => id === 'hint/feature');
  t.deepEqual(feature?.gradients, { total: 0, parts: {} });
  t.false(step.reached.some((name) => name.startsWith('module/')));
});

test('values that are not finite are counted where they are read', async (t) => {
  const run = await tinyRun({
    student: tiny(),
    data: tinyData({ broken: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }),
  });
  const [{ clock }] = stepKinds(run.composition);
  const step = await withProbe(run, (probe) => probe.inspect(clock));
  t.is(step.reads.find(({ ref }) => ref === 'student.logits')?.nonFinite, 12);
  t.true(Number.isNaN(step.loss));
});
