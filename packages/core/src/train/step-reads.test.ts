import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { Ref, Schedule, Term } from '../index.js';
import { TinyModel } from './tiny-model.test.helper.js';
import { difference, fitted, plugin, task, tinyRun } from './tiny-run.test.helper.js';

await tf.setBackend('cpu');

/** On from an epoch. */
const from = (epoch: number): Schedule => ({
  at: (clock) => (clock.epoch >= epoch ? 1 : 0),
  text: `from ${epoch}`,
});
const comparing = (id: string, a: Ref, b: Ref, weight: Term['weight'] = 1): Term => ({
  id,
  group: 'hint',
  weight,
  reads: [a, b],
  compute: ({ read }) => difference(read, a, b),
});
const adding = (name: string, ...terms: Term[]) =>
  plugin(name, { setup: (ctx) => terms.forEach(ctx.addTerm) });
const STEPS = 6;
const settings = { teacherImages: 0 };

test('the student runs once a step, whatever is read of it', async (t) => {
  const run = await tinyRun({
    plugins: [
      task(),
      adding(
        'reader',
        comparing('one', 'student.layer1', 'student.layer2'),
        comparing('two', 'student.layer1', 'student.layer2'),
        comparing('three', 'student.logits', 'student.heads.class'),
      ),
    ],
  });
  const student = run.composition.student as TinyModel;
  const { length } = student.calls;
  await run.fit();
  const training = student.calls.slice(length).filter((call) => call.training);
  t.is(training.length, STEPS);
  for (const { taps, logits } of training) {
    t.deepEqual([...(taps ?? [])].sort(), ['layer1', 'layer2'], 'each tap is asked for once');
    t.true(logits);
  }
  await run.dispose();
});

test('a step that reads only taps of the student runs it no further', async (t) => {
  const run = await tinyRun({
    plugins: [adding('reader', comparing('one', 'student.layer1', 'student.layer2'))],
  });
  const student = run.composition.student as TinyModel;
  await run.fit();
  const training = student.calls.filter((call) => call.training);
  t.is(training.length, STEPS);
  t.true(training.every(({ logits }) => logits === false));
  await run.dispose();
});

test('a term of weight 0 is not computed and asks for nothing', async (t) => {
  const teacher = new TinyModel({ seed: 2 });
  let computed = 0;
  const off: Term = {
    ...comparing('off', 'student.layer1', 'teacher.layer1', 0),
    compute: () => {
      computed += 1;
      return tf.scalar(0);
    },
  };
  const run = await tinyRun({ plugins: [task(), adding('off', off)], teachers: [teacher], settings });
  const student = run.composition.student as TinyModel;
  await run.fit();
  t.is(computed, 0);
  t.is(teacher.calls.length, 0, 'the teacher is not run at all');
  t.true(student.calls.every(({ taps }) => !taps?.length));
  await run.dispose();
});

test('a balance of 0 switches a group off, epoch by epoch', async (t) => {
  const teacher = new TinyModel({ seed: 2 });
  const late = plugin('late', {
    setup(ctx) {
      ctx.balance({ hint: from(1) });
      ctx.addTerm(comparing('hint', 'student.layer1', 'teacher.layer1'));
    },
  });
  const calls: number[] = [];
  const counting = plugin('counting', {
    setup: (ctx) => ctx.hook('epochEnd', () => void calls.push(teacher.calls.length)),
  });
  const { events } = await fitted({ plugins: [task(), late, counting], teachers: [teacher], settings });
  t.deepEqual(calls, [0, 3]);
  const epochs = events.filter((event) => event.type === 'epoch');
  t.deepEqual(
    epochs.map(({ terms }) => Object.keys(terms)),
    [['task/ce'], ['late/hint', 'task/ce']],
  );
});

test('the teacher is run once, in inference mode, as deep as active terms read', async (t) => {
  const cases = [
    [['layer1:in'], [], false],
    [['layer1'], ['layer1'], false],
    [['layer1', 'layer2'], ['layer1', 'layer2'], false],
    [['logits'], ['layer1', 'layer2', 'head'], true],
    [['layer1', 'logits'], ['layer1', 'layer2', 'head'], true],
  ] as const;
  for (const [reads, layers, logits] of cases) {
    const teacher = new TinyModel({ seed: 2 });
    const terms = reads.map((path) => comparing(path, `student.${path}`, `teacher.${path}`));
    await fitted({ plugins: [task(), adding('reads', ...terms)], teachers: [teacher], settings });
    t.is(teacher.calls.length, STEPS);
    t.true(teacher.calls.every(({ training }) => !training));
    t.true(teacher.calls.every((call) => call.logits === logits));
    t.deepEqual(teacher.layers, layers);
  }
});

test('a term that starts late does not deepen the teacher before', async (t) => {
  const teacher = new TinyModel({ seed: 2 });
  const depth: number[] = [];
  const plugins = [
    task(),
    adding(
      'reads',
      comparing('shallow', 'student.layer1', 'teacher.layer1'),
      comparing('deep', 'student.layer2', 'teacher.layer2', from(1)),
    ),
    plugin('counting', {
      setup: (ctx) => ctx.hook('epochEnd', () => void depth.push(teacher.layers.length)),
    }),
  ];
  await fitted({ plugins, teachers: [teacher], settings });
  t.deepEqual(depth, [1, 2]);
});

test('of two teachers only the one that is read is run', async (t) => {
  const [first, second] = [new TinyModel({ seed: 2 }), new TinyModel({ seed: 3 })];
  const reads = adding('reads', comparing('second', 'student.logits', 'teacher2.logits'));
  await fitted({ plugins: [task(), reads], teachers: [first, second], settings });
  t.is(first.calls.length, 0);
  t.is(second.calls.length, STEPS);
});

test('each model gets images in its own normalisation', async (t) => {
  const seen: number[][] = [];
  const teacher = new TinyModel({ seed: 2 });
  (teacher as { spec: TinyModel['spec'] }).spec = { ...teacher.spec, mean: [0.25], std: [2] };
  const looks = adding('looks', {
    id: 'x',
    group: 'aux',
    reads: ['images', 'student.layer1:in', 'teacher.layer1:in'],
    compute: ({ read }) => {
      const first = (ref: Ref) => read(ref).dataSync()[0];
      seen.push([first('images'), first('student.layer1:in'), first('teacher.layer1:in')]);
      return tf.mean(read('student.layer1:in'));
    },
  });
  await fitted({ plugins: [task(), looks], teachers: [teacher], settings });
  t.is(seen.length, STEPS);
  for (const [image, student, teachers] of seen) {
    t.true(Math.abs(student - (image - 0.5) / 0.5) < 1e-6);
    t.true(Math.abs(teachers - (image - 0.25) / 2) < 1e-6);
  }
});

test('without an active term the run says so', async (t) => {
  const none = adding('none', comparing('off', 'student.layer1', 'student.layer2', 0));
  await t.throwsAsync(fitted({ plugins: [none] }), { code: 'KDX_NO_LOSS', message: /epoch 0/ });
});

test('random streams of terms are keyed by step and term, not by call order', async (t) => {
  const draws: string[] = [];
  const drawing = (name: string) =>
    adding(name, {
      id: 'draw',
      group: 'aux',
      reads: ['student.logits'],
      compute: ({ read, rng, clock }) => {
        draws.push(`${name} ${clock.step} ${rng('a').uniform()}`);
        return tf.mean(read('student.logits'));
      },
    });
  await fitted({ plugins: [task(), drawing('b')] });
  const alone = draws.splice(0);
  await fitted({ plugins: [task(), drawing('a'), drawing('b')] });
  t.deepEqual(
    draws.filter((draw) => draw.startsWith('b')),
    alone,
  );
  t.is(new Set(draws.map((draw) => draw.split(' ')[2])).size, 2 * STEPS, 'no number comes twice');
});
