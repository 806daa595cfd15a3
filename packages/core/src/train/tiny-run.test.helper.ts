import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendInfo, keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import {
  type DataSource,
  definePlugin,
  type Model,
  type Plugin,
  type PluginDefinition,
  type RunEvent,
  RunStore,
  type Split,
} from '../index.js';
import { type Composition, type CreateRunOptions, createRun, type Run } from '../run.js';
import { type RunSettingsInput, runSettings } from '../settings/settings.js';
import { tiny } from './tiny-model.test.helper.js';
import { crossEntropy, tinyTask } from './tiny-task.test.helper.js';

export { crossEntropy };

export const BACKEND: BackendInfo = {
  name: 'cpu',
  build: 'tfjs-backend-cpu 4.22.0',
  threads: 1,
  device: 'cpu',
  precision: 'float32',
};

interface TinyData {
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
  readonly classes?: number;
  /** Told of every image that is read. */
  readonly onRead?: (split: string, index: number) => void;
  /** Training images that hold a NaN. */
  readonly broken?: readonly number[];
  readonly augment?: DataSource['augment'];
}

/** Images of 4×4×1 whose bright row is their class, under noise. */
export function tinyData({
  train = 12,
  validation = 6,
  test = 6,
  classes = 3,
  ...rest
}: TinyData = {}): DataSource {
  const split = (name: string, length: number): Split => {
    const labels = Array.from({ length }, (_, index) => index % classes);
    return {
      length,
      labels,
      read(index, out) {
        rest.onRead?.(name, index);
        const rng = keyedRng(7, name, index);
        for (let i = 0; i < 16; i++) out[i] = 0.4 * rng.uniform() + (i >> 2 === labels[index] % 4 ? 0.6 : 0);
        if (name === 'train' && rest.broken?.includes(index)) out[5] = Number.NaN;
      },
    };
  };
  return {
    name: 'tiny-data',
    digest: 'none',
    imageSize: [4, 4, 1],
    mean: [0.5],
    std: [0.5],
    labelNames: Array.from({ length: classes }, (_, k) => `class ${k}`),
    train: split('train', train),
    validation: validation > 0 ? split('validation', validation) : undefined,
    test: test > 0 ? split('test', test) : undefined,
    augment: rest.augment ?? [],
  };
}

type Definition = Partial<Omit<PluginDefinition, 'options'>>;

/** A plugin without options that does what it is given. */
export const plugin = (name: string, definition: Definition = {}): Plugin =>
  definePlugin({
    name,
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: name,
    options: z.strictObject({}),
    setup: () => {},
    ...definition,
  })();

/** The base task. */
export const task = (): Plugin => plugin('task', { task: () => tinyTask });

/** A task that brings no term, for runs whose plugins have all the terms. */
const scoringOnly = (): Plugin => plugin('scoring', { task: () => ({ ...tinyTask, terms: [] }) });

/** These plugins, with a task unless one of them brings it. */
export const withTask = (plugins: CreateRunOptions['plugins']): CreateRunOptions['plugins'] =>
  plugins.some((each) => Boolean(each) && (each as Plugin).definition?.task)
    ? plugins
    : [...plugins, scoringOnly()];

/** Mean squared difference of what two refs read. */
export const difference = (read: (ref: string) => tf.Tensor, a: string, b: string): tf.Scalar =>
  tf.mean(tf.squaredDifference(read(a), read(b)));

export interface TinyRun extends Omit<Partial<CreateRunOptions>, 'settings'> {
  readonly settings?: RunSettingsInput;
}

/** A run of tiny parts on the CPU back end: 2 epochs of 3 steps, SGD. */
export const tinyRun = ({ settings, plugins = [task()], ...rest }: TinyRun = {}): Promise<Run> =>
  createRun({
    name: 'run',
    student: tiny(),
    data: tinyData(),
    plugins: withTask(plugins),
    backend: BACKEND,
    ...rest,
    settings: runSettings.parse({
      epochs: 2,
      batch: 4,
      lr: 0.1,
      optimizer: { name: 'sgd' },
      schedule: 'constant',
      logEvery: 1,
      ...settings,
    }),
  });

/** Trains and disposes. */
export async function fitted(options: TinyRun): Promise<{ weights: Weights; events: RunEvent[] }> {
  const run = await tinyRun(options);
  const events = recorded(run);
  try {
    await run.fit();
    return { weights: weightsOf(run.composition), events };
  } finally {
    await run.dispose();
  }
}

export const recorded = (run: Run): RunEvent[] => {
  const events: RunEvent[] = [];
  run.events.on('event', (event) => events.push(event));
  return events;
};

export type Weights = Record<string, number[]>;

/** Every number of a model. */
export const numbersOf = (model: Pick<Model, 'parameters' | 'buffers'>): Weights =>
  Object.fromEntries(
    [...model.parameters, ...model.buffers].map(([name, { variable }]) => [name, [...variable.dataSync()]]),
  );

/** Every number that a run moves. */
export const weightsOf = ({ student, modules }: Composition): Weights => ({
  ...numbersOf(student),
  ...Object.fromEntries(
    [...modules].flatMap(([id, { store }]) =>
      Object.entries(numbersOf(store)).map(([name, values]) => [`${id}/${name}`, values]),
    ),
  ),
});

/** A folder that holds a begun run. */
export function begunFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kdx-run-'));
  RunStore.create(directory).writeJson('config.json', {});
  return directory;
}

/** The KdxError code of a failure. */
export const code = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;
