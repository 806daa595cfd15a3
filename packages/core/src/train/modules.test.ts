import { readSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type HelperModule, type Ref, RunStore } from '../index.js';
import { explainRun } from '../inspect.js';
import { TinyModel } from './tiny-model.test.helper.js';
import { begunFolder, code, difference, plugin, task, tinyRun, weightsOf } from './tiny-run.test.helper.js';

await tf.setBackend('cpu');

/** A 6×6 linear map; `forwards` counts its runs. */
const linear = (input: Ref, more: Partial<HelperModule> = {}, forwards: boolean[] = []): HelperModule => ({
  inputs: [input],
  build(scope, [[width]]) {
    const weight = scope.parameter('weight', [width, 6], (shape, rng) =>
      Float32Array.from({ length: shape[0] * shape[1] }, () => rng.normal() * 0.3),
    );
    scope.buffer('scale', [1], () => Float32Array.of(1));
    return ([x], { training }) => {
      forwards.push(training);
      return tf.matMul(x, weight);
    };
  },
  ...more,
});

/** Aligns layer 1 with the teacher's, read by two terms. */
const aligning = (module: HelperModule, terms = ['one', 'two']) =>
  plugin('align', {
    setup(ctx) {
      const aligned = ctx.addModule('map', module);
      for (const id of terms) {
        ctx.addTerm({
          id,
          group: 'hint',
          reads: [aligned, 'teacher.layer1'],
          compute: ({ read }) => difference(read, aligned, 'teacher.layer1'),
        });
      }
    },
  });
const teachers = () => [new TinyModel({ seed: 4 })];

test('a helper read by two terms is run once a step, and learns', async (t) => {
  const forwards: boolean[] = [];
  const run = await tinyRun({
    plugins: [task(), aligning(linear('student.layer1', {}, forwards))],
    teachers: teachers(),
  });
  t.deepEqual(forwards, [false], 'once on zeros when it is built');
  const before = weightsOf(run.composition)['align/map/weight'];
  await run.fit();
  t.deepEqual(forwards.slice(1), Array(6).fill(true));
  t.notDeepEqual(weightsOf(run.composition)['align/map/weight'], before);
  const [{ id, parameters, inputs }] = explainRun(run.composition).modules;
  t.deepEqual([id, parameters, inputs], ['align/map', 36, [{ ref: 'student.layer1', shape: [6] }]]);
  await run.dispose();
});

test('a helper may feed a helper, and its shape is traced', async (t) => {
  const chain = plugin('chain', {
    setup(ctx) {
      const first = ctx.addModule(
        'first',
        linear('images', {
          build:
            () =>
            ([x]) =>
              tf.reshape(x, [-1, 16]),
        }),
      );
      const second = ctx.addModule('second', linear(first));
      ctx.addTerm({
        id: 'x',
        group: 'hint',
        reads: [second, 'student.layer1'],
        compute: ({ read }) => difference(read, second, 'student.layer1'),
      });
    },
  });
  const run = await tinyRun({ plugins: [task(), chain] });
  t.deepEqual(run.composition.modules.get('chain/second')?.outputShape, [6]);
  t.is(run.composition.modules.get('chain/second')?.store.size, 96);
  t.deepEqual(run.composition.terms.find(({ id }) => id === 'chain/x')?.trains, [
    'module.chain/first',
    'module.chain/second',
    'student',
  ]);
  await run.fit();
  await run.dispose();
});

test('a helper is saved with the run and not exported with the student', async (t) => {
  const store = RunStore.open(begunFolder());
  const run = await tinyRun({
    plugins: [task(), aligning(linear('student.layer1'))],
    teachers: teachers(),
    store,
  });
  const { files } = await run.fit();
  const saved = [...(await readSafetensors(store.checkpoint('last'))).tensors.keys()];
  t.true(saved.includes('module/align/map/weight'));
  t.true(saved.includes('module/align/map/scale'), 'its buffers too');
  t.true(saved.includes('optimizer/module/align/map/weight/momentum_buffer'));
  const exported = [...(await readSafetensors(files.student)).tensors.keys()].sort();
  t.deepEqual(exported, [
    'head.bias',
    'head.weight',
    'layer1.bias',
    'layer1.mean',
    'layer1.weight',
    'layer2.bias',
    'layer2.weight',
  ]);
  await run.dispose();
});

test('after activeUntil a helper does not move and keeps no optimiser state', async (t) => {
  for (const activeUntil of [1, '50%', 0.5] as const) {
    const store = RunStore.open(begunFolder());
    const seen: string[] = [];
    const watching = plugin('watching', {
      setup: (ctx) =>
        ctx.hook(
          'epochEnd',
          () => void seen.push(JSON.stringify(weightsOf(run.composition)['align/map/weight'])),
        ),
    });
    const run = await tinyRun({
      plugins: [task(), watching, aligning(linear('student.layer1', { activeUntil }))],
      teachers: teachers(),
      store,
      settings: { optimizer: { name: 'adamw', weightDecay: 0.5 } },
    });
    const begun = JSON.stringify(weightsOf(run.composition)['align/map/weight']);
    await run.fit();
    t.not(seen[0], begun, 'it learns before');
    t.is(seen[1], seen[0], 'and keeps every bit after, weight decay or not');
    const saved = [...(await readSafetensors(store.checkpoint('last'))).tensors.keys()];
    t.false(saved.some((name) => name.startsWith('optimizer/module/')));
    t.true(saved.includes('module/align/map/weight'), 'it is still saved');
    t.true(saved.some((name) => name.startsWith('optimizer/student/')));
    await run.dispose();
  }
});

test('a helper that no active term reads is not run', async (t) => {
  const forwards: boolean[] = [];
  const run = await tinyRun({
    plugins: [task(), aligning(linear('student.layer1', {}, forwards), [])],
    teachers: teachers(),
    settings: { teacherImages: 0 },
  });
  await run.fit();
  t.is(forwards.length, 1);
  await run.dispose();
});

test('nothing flows back into a teacher through a helper', async (t) => {
  const [teacher] = teachers();
  const before = [...teacher.parameters.values()].map(({ variable }) => [...variable.dataSync()]);
  const run = await tinyRun({ plugins: [task(), aligning(linear('teacher.layer2'))], teachers: [teacher] });
  await run.fit();
  t.deepEqual(
    [...teacher.parameters.values()].map(({ variable }) => [...variable.dataSync()]),
    before,
  );
  await run.dispose();
});

test('shapes that do not fit are found when the run is wired', async (t) => {
  const misfit = linear('student.layer1', {
    build(scope) {
      const weight = scope.parameter('weight', [5, 6], () => new Float32Array(30));
      return ([x]) => tf.matMul(x, weight);
    },
  });
  const error = await t.throwsAsync(tinyRun({ plugins: [task(), aligning(misfit)], teachers: teachers() }));
  t.is(code(error), 'KDX_PLUGIN_FAILED');
  t.regex(error?.message ?? '', /"align" failed in setup\(\): .*matMul/);
});

test('a name is taken once, and what a helper throws in a step is named', async (t) => {
  const twice = plugin('twice', {
    setup(ctx) {
      for (let i = 0; i < 2; i++) ctx.addModule('map', linear('student.layer1'));
    },
  });
  t.is(code(await t.throwsAsync(tinyRun({ plugins: [task(), twice] }))), 'KDX_MODULE_TWICE');
  const failing = linear('student.layer1', {
    build:
      () =>
      ([x], { training }) => {
        if (training) throw new Error('out of paper');
        return x;
      },
  });
  const run = await tinyRun({ plugins: [task(), aligning(failing)], teachers: teachers() });
  await t.throwsAsync(run.fit(), { message: 'Module align/map failed: out of paper' });
  await run.dispose();
});

test('the same helper of the same seed begins with the same numbers, whatever stands beside it', async (t) => {
  const begin = async (...beside: ReturnType<typeof plugin>[]) => {
    const run = await tinyRun({
      plugins: [task(), aligning(linear('student.layer1')), ...beside],
      teachers: teachers(),
    });
    const { 'align/map/weight': weight } = weightsOf(run.composition);
    await run.dispose();
    return weight;
  };
  const other = plugin('a', { setup: (ctx) => void ctx.addModule('map', linear('student.layer1')) });
  t.deepEqual(await begin(other), await begin());
});
