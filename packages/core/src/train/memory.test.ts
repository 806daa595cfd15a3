import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { RunStore } from '../index.js';
import { TinyModel, tiny } from './tiny-model.test.helper.js';
import {
  begunFolder,
  difference,
  plugin,
  type TinyRun,
  task,
  tinyData,
  tinyRun,
} from './tiny-run.test.helper.js';

await tf.setBackend('cpu');

const everything = () =>
  plugin('everything', {
    setup(ctx) {
      const map = ctx.addModule('map', {
        inputs: ['student.layer1'],
        build(scope) {
          const weight = scope.parameter('weight', [6, 6], () => new Float32Array(36).fill(0.1));
          return ([x]) => tf.matMul(x, weight);
        },
      });
      ctx.addTerm({
        id: 'hint',
        group: 'hint',
        reads: [map, 'teacher.layer1', 'teacher.logits', 'student.logits'],
        compute: ({ read }) =>
          tf.add(
            difference(read, map, 'teacher.layer1'),
            difference(read, 'student.logits', 'teacher.logits'),
          ),
      });
      ctx.hook('loss', (loss) => tf.mul(loss, 1.1));
      ctx.hook('gradients', (gradients) => {
        for (const [name, gradient] of gradients) gradients.set(name, tf.mul(gradient, 0.9));
      });
    },
  });

const variants: Record<string, () => TinyRun> = {
  'plain training': () => ({}),
  'a short log interval and a long one': () => ({ settings: { epochs: 4, logEvery: 7 } }),
  'everything at once': () => ({
    student: tiny({ dropout: 0.2, distilled: true }),
    plugins: [task(), everything()],
    store: RunStore.open(begunFolder()),
    data: tinyData({ train: 10 }),
    settings: {
      epochs: 4,
      batch: 2,
      accumulate: 2,
      mixup: 0.5,
      ema: 0.9,
      clip: 1,
      optimizer: { name: 'adamw' },
      saveEvery: 2,
    },
  }),
};

for (const [name, options] of Object.entries(variants)) {
  test.serial(`no tensor is left over from epoch to epoch, and none after the run: ${name}`, async (t) => {
    const teacher = new TinyModel({ seed: 3 });
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    const counting = plugin('counting', {
      setup: (ctx) => ctx.hook('epochStart', () => void counts.push(tf.memory().numTensors)),
    });
    const given = options();
    const settings = { epochs: 4, ...given.settings };
    const run = await tinyRun({
      ...given,
      plugins: [...(given.plugins ?? [task()]), counting],
      teachers: [teacher],
      settings,
    });
    await run.fit();
    await run.dispose();
    t.is(counts.length, 4);
    t.is(counts[2], counts[1], String(counts));
    t.is(counts[3], counts[1], String(counts));
    t.is(tf.memory().numTensors, before);
    teacher.dispose();
  });
}

test.serial('nothing is left after a run that fails, resumes or is never trained', async (t) => {
  const before = tf.memory().numTensors;
  const never = await tinyRun({ settings: { ema: 0.9 } });
  await never.dispose();
  t.is(tf.memory().numTensors, before, 'never trained');

  const directory = begunFolder();
  const failing = plugin('failing', {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'x',
        group: 'aux',
        reads: ['student.logits'],
        compute: ({ clock, read }) => {
          if (clock.step === 4) throw new Error('no more');
          return tf.mean(read('student.logits'));
        },
      }),
  });
  const settings = { ema: 0.9, batch: 2, accumulate: 2, logEvery: 100, optimizer: { name: 'adam' } } as const;
  const run = await tinyRun({ plugins: [task(), failing], store: RunStore.open(directory), settings });
  await t.throwsAsync(run.fit(), { message: /no more/ });
  await run.dispose();
  t.is(tf.memory().numTensors, before, 'failed');

  const resumed = await tinyRun({ store: RunStore.open(directory), settings });
  await resumed.fit();
  await resumed.dispose();
  t.is(tf.memory().numTensors, before, 'resumed');
});
