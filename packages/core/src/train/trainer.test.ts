import { existsSync } from 'node:fs';
import { readSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { labelsOf, type RunEvent, RunStore, type RunSummary } from '../index.js';
import { TinyModel, tiny } from './tiny-model.test.helper.js';
import {
  begunFolder,
  difference,
  fitted,
  numbersOf,
  plugin,
  recorded,
  task,
  tinyData,
  tinyRun,
} from './tiny-run.test.helper.js';
import { tinyTask } from './tiny-task.test.helper.js';

await tf.setBackend('cpu');

const distilling = () =>
  plugin('distilling', {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'soft',
        group: 'distill',
        reads: ['student.logits', 'teacher.logits', 'student.layer1', 'teacher.layer1'],
        compute: ({ read }) =>
          tf.add(
            difference(read, 'student.logits', 'teacher.logits'),
            difference(read, 'student.layer1', 'teacher.layer1'),
          ),
      }),
  });
type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
const only = <T extends RunEvent['type']>(events: readonly RunEvent[], type: T): Of<T>[] =>
  events.filter((event): event is Of<T> => event.type === type);

test('a run leaves every byte of its teacher as it was, buffers included', async (t) => {
  const teacher = new TinyModel({ seed: 9 });
  const before = numbersOf(teacher);
  t.true(Object.keys(before).includes('layer1.mean'));
  await fitted({
    plugins: [task(), distilling()],
    teachers: [teacher],
    settings: { optimizer: { name: 'adamw' } },
  });
  t.deepEqual(numbersOf(teacher), before);
  t.notThrows(() => numbersOf(teacher), 'a model that was given is not disposed with the run');
});

test('the student learns', async (t) => {
  const { events } = await fitted({ settings: { epochs: 8 } });
  const losses = only(events, 'epoch').map(({ loss }) => loss);
  t.true(losses[7] < losses[0] / 4, String(losses));
  const scores = only(events, 'evaluation').filter(({ split }) => split === 'test');
  t.is(scores[0].heads.fused.top1, 100);
});

test('logged steps strictly increase, and events come in order', async (t) => {
  const { events } = await fitted({ settings: { logEvery: 2, epochs: 3 } });
  const steps = only(events, 'step').map(({ step }) => step);
  t.deepEqual(steps, [2, 4, 6, 8]);
  t.deepEqual(
    only(events, 'epoch').map(({ step, epoch }) => [step, epoch]),
    [
      [3, 0],
      [6, 1],
      [9, 2],
    ],
  );
  const all = events.flatMap((event) => ('step' in event ? [event.step] : []));
  t.deepEqual(
    all,
    all.toSorted((a, b) => a - b),
  );
  t.deepEqual(events[0], { type: 'run-start', run: 'run', resumedAt: 0, steps: 9, task: labelsOf(tinyTask) });
  t.is(events.at(-1)?.type, 'run-end');
});

test('an epoch’s loss is the mean over its images, the last short batch counted as what it is', async (t) => {
  const { events } = await fitted({ data: tinyData({ train: 10 }), settings: { epochs: 1 } });
  const [a, b, c] = only(events, 'step').map(({ loss }) => loss);
  const [{ loss, terms }] = only(events, 'epoch');
  t.true(Math.abs(loss - (4 * a + 4 * b + 2 * c) / 10) < 1e-9);
  t.is(terms['task/ce'], loss);
});

test('the test split is read once, at the end, and never chooses', async (t) => {
  const reads: string[] = [];
  const run = await tinyRun({
    data: tinyData({ onRead: (split) => reads.push(split) }),
    settings: { epochs: 3 },
  });
  await run.fit();
  const first = reads.indexOf('test');
  t.is(first, reads.findLastIndex((split) => split !== 'test') + 1, 'after all other reads');
  t.is(reads.length - first, 12, 'last and best');
  await run.dispose();
});

test('teachers alone are scored on test images, before the first step', async (t) => {
  const reads: string[] = [];
  const teachers = [new TinyModel({ seed: 1 }), new TinyModel({ seed: 2, classes: 10 })];
  const data = tinyData({ onRead: (split) => reads.push(split) });
  const { events } = await fitted({ data, teachers, settings: { epochs: 1, teacherImages: 4 } });
  t.deepEqual(
    reads.slice(0, 5),
    ['test', 'test', 'test', 'test', 'train'],
    'four images of the one whose classes fit',
  );
  t.deepEqual(
    only(events, 'teacher').map(({ split, scores }) => [split, scores.images]),
    [['test', 4]],
  );
});

test('teachers of one model have names of their own', async (t) => {
  const teachers = [new TinyModel({ seed: 1 }), new TinyModel({ seed: 2 })];
  const { events } = await fitted({ teachers, settings: { epochs: 1, teacherImages: 4 } });
  t.deepEqual(
    only(events, 'teacher').map(({ name }) => name),
    ['tiny (teacher)', 'tiny (teacher2)'],
  );
});

/** A rate that destroys the student in the second epoch, after the first was good. */
const falling = { epochs: 3, evaluateEvery: 1 };
const destroying = () =>
  plugin('destroying', {
    setup(ctx) {
      ctx.addTerm({
        id: 'shrink',
        group: 'aux',
        weight: { at: ({ epoch }) => (epoch === 0 ? 0 : -1), text: 'from epoch 1' },
        reads: ['student.logits', 'targets'],
        compute: ({ read }) =>
          tf.mul(
            4,
            tf.neg(tf.mean(tf.sum(tf.mul(read('targets'), tf.logSoftmax(read('student.logits'))), 1))),
          ),
      });
    },
  });

test('validation chooses the best epoch; best is not what the weights became later', async (t) => {
  for (const store of [undefined, RunStore.open(begunFolder())]) {
    const run = await tinyRun({
      plugins: [task(), destroying()],
      settings: { ...falling, lr: 0.3 },
      data: tinyData({ train: 48 }),
      store,
    });
    const events = recorded(run);
    const { validation, test: scores, files } = (await run.fit()) as Required<RunSummary>;
    const last = numbersOf(run.composition.student);
    const top1 = only(events, 'evaluation')
      .filter(({ split }) => split === 'validation')
      .map(({ heads }) => heads.fused.top1);
    t.is(top1.length, 3);
    const best = Math.max(...top1);
    t.is(validation.bestEpoch, top1.indexOf(best));
    t.is(validation.best.fused.top1, best);
    t.is(validation.last.fused.top1, top1[2]);
    t.true(best > top1[2], `validation falls: ${top1}`);
    t.not(scores.best?.fused.loss, scores.last.fused.loss);
    t.true((scores.best?.fused.top1 as number) > scores.last.fused.top1);
    if (store) {
      const read = async (file: string) => [
        ...((await readSafetensors(file)).tensors.get('head.bias')?.data ?? []),
      ];
      t.deepEqual(await read(files.student), last['head.bias']);
      t.notDeepEqual(await read(files['student.best']), last['head.bias']);
    }
    await run.dispose();
  }
});

test('the averaged student is evaluated, on validation and test, and exported', async (t) => {
  const store = RunStore.open(begunFolder());
  const run = await tinyRun({ settings: { ema: 0.8, epochs: 2 }, store });
  const events = recorded(run);
  const { test: scores, files } = await run.fit();
  const which = only(events, 'evaluation').map(({ split, weights }) => `${split} ${weights}`);
  t.deepEqual(which, [
    'validation last',
    'validation ema',
    'validation last',
    'validation ema',
    'test last',
    'test best',
    'test ema',
  ]);
  t.not(scores?.ema?.fused.loss, scores?.last.fused.loss);
  const averaged = (await readSafetensors(files['student.ema'])).tensors.get('head.bias')?.data;
  t.notDeepEqual([...(averaged as Float32Array)], numbersOf(run.composition.student)['head.bias']);
  await run.dispose();
});

test('what a task keeps of the last weights on the test split stands beside the summary', async (t) => {
  const store = RunStore.open(begunFolder());
  const run = await tinyRun({ settings: { epochs: 2 }, store });
  const { test: scores } = await run.fit();
  const { right, ...about } = store.readJson<{ split: string; weights: string; right: number }>('tally.json');
  t.deepEqual(about, { split: 'test', weights: 'last' });
  t.is(scores?.last.fused.top1, (100 * right) / 6);
  await run.dispose();
});

test('without validation there is no best, without test no test scores', async (t) => {
  const store = RunStore.open(begunFolder());
  const run = await tinyRun({ data: tinyData({ validation: 0, test: 0 }), store });
  const events = recorded(run);
  const summary = await run.fit();
  t.is(summary.validation, undefined);
  t.is(summary.test, undefined);
  t.deepEqual(Object.keys(summary.files), ['student']);
  t.is(only(events, 'evaluation').length, 0);
  t.false(existsSync(store.checkpoint('best')));
  t.false(existsSync(store.path('tally.json')));
  t.deepEqual(store.readJson('summary.json'), JSON.parse(JSON.stringify(summary)));
  await run.dispose();
  const noTest = await fitted({ data: tinyData({ test: 0 }), teachers: [new TinyModel({})] });
  t.is(only(noTest.events, 'teacher')[0].split, 'validation');
});

test('evaluateEvery skips epochs and never the last', async (t) => {
  const { events } = await fitted({ settings: { epochs: 5, evaluateEvery: 2 } });
  const epochs = only(events, 'evaluation').filter(({ split }) => split === 'validation');
  t.deepEqual(
    epochs.map(({ epoch }) => epoch),
    [1, 3, 4],
  );
});

test('four batches of two and two of four make the step of one of eight', async (t) => {
  const settings = { epochs: 2, optimizer: { name: 'sgd', momentum: 0.9 } } as const;
  const data = tinyData({ train: 20 });
  const whole = await fitted({ data, settings: { ...settings, batch: 8 } });
  for (const [batch, accumulate] of [
    [4, 2],
    [2, 4],
  ]) {
    const parts = await fitted({ data, settings: { ...settings, batch, accumulate } });
    for (const [name, values] of Object.entries(whole.weights)) {
      // The buffer moves once a forward, as batch-norm statistics do.
      if (name === 'layer1.mean') continue;
      t.true(
        values.every((value, i) => Math.abs(value - parts.weights[name][i]) < 1e-6),
        `${name} ${batch}×${accumulate}`,
      );
    }
    t.is(only(parts.events, 'epoch')[1].step, 6, 'three steps an epoch, the last of one micro-batch or two');
  }
});

test('every head is scored, and fused by the head rule', async (t) => {
  const { events } = await fitted({
    student: tiny({ distilled: true }),
    settings: { headRule: 'mean', epochs: 1 },
  });
  t.deepEqual(Object.keys(only(events, 'evaluation')[0].heads).sort(), ['class', 'distillation', 'fused']);
});
