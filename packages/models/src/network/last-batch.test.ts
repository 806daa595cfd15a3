import { definePlugin, type RunSettingsInput, type Term } from '@kdx/core';
import { createRun, runSettings } from '@kdx/core/run';
import { classificationTask } from '@kdx/task-classification';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { z } from 'zod';
import { model } from '../index.js';

await tf.setBackend('cpu');

const term: Term = {
  id: 'term',
  group: 'task',
  reads: ['student.logits'],
  compute: ({ read }) => tf.mean(tf.square(read('student.logits'))) as tf.Scalar,
};

const task = definePlugin({
  name: 'task',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: 'a term',
  options: z.strictObject({}),
  task: () => ({ ...classificationTask, terms: [term] }),
});

/** 8 × 8 images through three halvings are maps of 1 × 1: batch norm needs two images. */
const run = (student: string, images: number, settings: RunSettingsInput) => {
  const train = {
    length: images,
    labels: new Int32Array(images),
    read: (index: number, out: Float32Array) => void out.fill(index / images),
  };
  return createRun({
    name: 'test',
    student: model(student),
    data: {
      name: 'grey',
      digest: 'grey',
      labelNames: ['a', 'b'],
      imageSize: [8, 8, 3],
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
      augment: [],
      train,
    },
    plugins: [task()],
    settings: runSettings.parse({ epochs: 1, lr: 0.01, ...settings }),
    backend: { name: 'cpu', build: 'test', threads: 1, device: 'cpu', precision: 'float32' },
    resolvers: {},
  } as never);
};
const DEEP = 'convnet?width=2&stages=4&img=8';

test('a last batch of one image is refused before the first step where batch norm cannot take it', async (t) => {
  const error = await t.throwsAsync(run(DEEP, 9, { batch: 4 }), { code: 'KDX_BATCH_TOO_SMALL' });
  t.regex(
    error.message,
    /^The last batch of an epoch has 1 image \(9 in batches of 4\)\. Batch norm ".+" sees one value per channel of it, which has no variance; leave that batch out \(--set dropLast=true\), or take another --batch, e\.g\. 3\.$/,
  );
  // With 7 images, batches of 3 and of 2 would leave one as well; 6, 5 and 4 leave 1, 2 and 3.
  t.regex((await t.throwsAsync(run(DEEP, 7, { batch: 6 }))).message, /another --batch, e\.g\. 5\.$/);
});

test('the remedies work, and networks that can take one image do', async (t) => {
  for (const [student, images, settings] of [
    [DEEP, 9, { batch: 4, dropLast: true }],
    [DEEP, 9, { batch: 3 }],
    ['convnet?width=2&stages=1&img=8', 9, { batch: 4 }],
  ] as const) {
    const wired = await run(student, images, settings);
    const before = await Promise.all(
      [...wired.composition.student.buffers].map(
        async ([name, { variable }]) => [name, [...(await variable.data())]] as const,
      ),
    );
    for (const [name, values] of before) {
      const initial = name.endsWith('running_var') ? 1 : 0;
      t.true(
        values.every((value) => value === initial),
        `${name} is as it was`,
      );
    }
    t.is((await wired.fit()).epochs, 1);
    await wired.dispose();
  }
});
