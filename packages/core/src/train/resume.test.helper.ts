import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { Clock, Plugin, PluginContext, RunEvent, RunStore } from '../index.js';
import type { Run } from '../run.js';
import { TinyModel, tiny } from './tiny-model.test.helper.js';
import { difference, plugin, type TinyRun, task, tinyData, tinyRun } from './tiny-run.test.helper.js';

/** Keeps a number between steps that the loss depends on: what a resume must bring back. */
const remembering = (): Plugin =>
  plugin('remembering', {
    setup(ctx) {
      let memory = { pull: 1, history: [] as number[] };
      ctx.hook('save', (state) => void Object.assign(state, memory));
      ctx.hook('load', (state) => {
        memory = state as typeof memory;
      });
      ctx.hook('stepEnd', ({ step }) => {
        memory = { pull: memory.pull * 0.9 + 0.01 * step, history: [...memory.history, step] };
      });
      ctx.addTerm({
        id: 'pull',
        group: 'aux',
        reads: ['student.layer2'],
        compute: ({ read }) => tf.mul(tf.mean(tf.square(read('student.layer2'))), memory.pull) as tf.Scalar,
      });
    },
  });

/** A helper with dropout of its own that leaves in the second epoch. */
const aligning = (): Plugin =>
  plugin('aligning', {
    setup(ctx) {
      const map = ctx.addModule('map', {
        inputs: ['student.layer1'],
        activeUntil: 2,
        build(scope) {
          const weight = scope.parameter('weight', [6, 6], (_, rng) =>
            Float32Array.from({ length: 36 }, () => rng.normal()),
          );
          return ([x], { training, rng }) => {
            const y = tf.matMul(x, weight);
            if (!training) return y;
            const random = rng('dropout');
            return tf.mul(
              y,
              tf.tensor(Float32Array.from({ length: 6 }, () => (random.uniform() < 0.3 ? 0 : 1))),
            );
          };
        },
      });
      ctx.addTerm({
        id: 'hint',
        group: 'hint',
        reads: [map, 'teacher.layer1'],
        compute: ({ read, rng }) =>
          tf.mul(difference(read, map, 'teacher.layer1'), rng('scale').uniform()) as tf.Scalar,
      });
    },
  });

const EPOCHS = 3;
/** Everything at once: 3 epochs of 3 steps, the last of which has one micro-batch. */
export const begin = (
  store: RunStore,
  more: TinyRun = {},
  disturb: (ctx: PluginContext) => void = () => {},
): Promise<Run> =>
  tinyRun({
    student: tiny({ dropout: 0.3 }),
    teachers: [new TinyModel({ seed: 6 })],
    data: tinyData({
      train: 10,
      augment: [
        {
          name: 'shift',
          apply: ({ data }, rng) => {
            const by = rng.uniform() * 0.1;
            for (let i = 0; i < data.length; i++) data[i] += by;
          },
        },
      ],
    }),
    store,
    settings: {
      epochs: EPOCHS,
      batch: 2,
      accumulate: 2,
      mixup: 0.8,
      labelSmoothing: 0.1,
      ema: 0.9,
      clip: 5,
      lr: 0.02,
      optimizer: { name: 'adamw' },
      schedule: 'cosine',
      logEvery: 2,
    },
    ...more,
    plugins: [
      ...(more.plugins ?? [task(), remembering(), aligning()]),
      plugin('disturbing', { setup: disturb }),
    ],
  });

/** Ends a run as a power cut does: without a chance to save. */
export const killing = (when: (clock: Clock) => boolean) => (ctx: PluginContext) =>
  ctx.hook('stepStart', (clock) => {
    if (when(clock)) throw new Error('power cut');
  });

/** Losses and scores of a run's file of events, without times. */
export const storyOf = (directory: string): unknown[] =>
  readFileSync(`${directory}/events.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent)
    .filter(({ type }) => ['step', 'epoch', 'evaluation'].includes(type))
    .map((event) => ({ ...event, time: 0, seconds: 0, imagesPerSecond: 0 }));
