import {
  type DataSource,
  definePlugin,
  type Model,
  type ModelRecipe,
  type Plugin,
  type RunSettingsInput,
} from '@kdx/core';
import { createRun, type Run, runSettings } from '@kdx/core/run';
import { type KdxError, keyedRng, ParameterStore } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { kdxError } from './errors.js';
import { withTask } from './kit/run.js';

export type Logits = readonly (readonly number[])[];

/** A model whose logits are given, a row per image; an image is its row's number. */
export function given(heads: Readonly<Record<string, Logits>>): Model {
  const store = new ParameterStore('given', (name) => keyedRng(0, name));
  const tables = Object.entries(heads).map(([head, rows]) => {
    const shape = [rows.length, rows[0].length];
    return [head, store.scope().parameter(head, shape, () => Float32Array.from(rows.flat()))] as const;
  });
  const [[, { shape }]] = tables;
  return {
    spec: {
      name: 'given',
      inputSize: [1, 1, 1],
      classes: shape[1] as number,
      featureDim: 1,
      classHead: Object.keys(heads)[0],
      features: [],
      heads: Object.keys(heads),
      parameterCount: store.size,
      mean: [0],
      std: [1],
    },
    parameters: store.parameters,
    buffers: store.buffers,
    taps: () => new Map(),
    forward(images) {
      const rows = tf.equal(tf.reshape(images, [-1, 1]), tf.range(0, shape[0] as number));
      const outputs = Object.fromEntries(
        tables.map(([head, table]) => [
          head,
          tf.matMul<tf.Tensor2D>(tf.cast(rows, 'float32'), table as unknown as tf.Tensor2D),
        ]),
      );
      return { logits: outputs.class, heads: outputs, taps: {} };
    },
    dispose: () => store.dispose(),
  };
}

const recipeOf = (model: Model): ModelRecipe => ({
  name: 'given',
  supports: model.spec.heads.includes('distillation') ? ['distillation-token'] : [],
  adapt() {
    return this;
  },
  build: async () => model,
});

function dataOf(labels: readonly number[], classes: number): DataSource {
  return {
    name: 'rows',
    digest: '',
    imageSize: [1, 1, 1],
    mean: [0],
    std: [1],
    labelNames: Array.from({ length: classes }, (_, k) => String(k)),
    train: { length: labels.length, labels, read: (index, out) => void out.fill(index) },
    augment: [],
  };
}

/** A case worked out by hand or by another implementation: logits and targets of a batch, and what trains on it. */
export interface Golden {
  readonly plugins: readonly Plugin[];
  readonly student: Readonly<Record<string, Logits>>;
  readonly teachers?: readonly Logits[];
  /** Class of each row. Default, where there are `targets`: the likeliest one. */
  readonly labels?: readonly number[];
  /** Soft targets, a distribution over the classes for each row, such as mixed or smoothed ones. Default: one-hot labels. */
  readonly targets?: Logits;
  /** Settings that make other targets of the labels, e.g. `labelSmoothing`. An image is a row's number, so none is mixed. */
  readonly settings?: Omit<
    RunSettingsInput,
    'epochs' | 'batch' | 'logEvery' | 'accumulate' | 'mixup' | 'cutmix' | 'cutmixMinmax'
  >;
}

/**
 * A run of one step over all rows at once.
 * @throws KdxError `KDX_SHAPE` where labels or targets do not fit the student's logits
 */
export async function wired(golden: Golden): Promise<Run> {
  const { plugins, student, teachers = [], targets, settings } = golden;
  const labels = labelsOf(golden);
  return createRun({
    name: 'golden',
    student: recipeOf(given(student)),
    teachers: teachers.map((rows) => recipeOf(given({ class: rows }))),
    data: dataOf(labels, student.class[0].length),
    plugins: [...withTask(plugins), ...(targets ? [softTargets(targets)()] : [])],
    backend: { name: 'cpu', build: '', threads: 1, device: 'cpu', precision: 'float32' },
    settings: runSettings.parse({ ...settings, epochs: 1, batch: labels.length, logEvery: 1 }),
  });
}

function labelsOf({ student, labels, targets }: Golden): readonly number[] {
  const [rows, classes] = [student.class.length, student.class[0].length];
  const wrong = (what: string): KdxError =>
    kdxError(
      'KDX_SHAPE',
      `The golden case has ${rows} rows of ${classes} logits and ${what}; give one for each row.`,
    );
  if (labels && labels.length !== rows) throw wrong(`${labels.length} labels`);
  if (!targets) {
    if (!labels) throw wrong('neither labels nor targets');
    return labels;
  }
  if (targets.length !== rows || targets.some((row) => row.length !== classes)) {
    throw wrong(
      `targets of [${targets.length}, ${[...new Set(targets.map((row) => row.length))].join(' or ')}]`,
    );
  }
  return labels ?? targets.map((row) => row.indexOf(Math.max(...row)));
}

/** Puts these targets in the place of the batch's, row by row; a batch may have its images in any order. */
const softTargets = (rows: Logits) =>
  definePlugin({
    name: 'soft-targets',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'gives the targets',
    options: z.strictObject({}),
    setup: (ctx) =>
      ctx.hook('batch', (batch) => ({
        ...batch,
        targets: Float32Array.from([...batch.indices].flatMap((index) => [...rows[index]])),
      })),
  });

/** Loss, terms and gradients of that step; gradients by `student/<head>`, row by row. */
export async function step(golden: Golden) {
  const gradients: Record<string, number[]> = {};
  const watching = definePlugin({
    name: 'watching',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'keeps gradients',
    options: z.strictObject({}),
    setup: (ctx) =>
      ctx.hook('gradients', (given) => {
        for (const [name, gradient] of given) gradients[name] = [...gradient.dataSync()];
      }),
  });
  const run = await wired({ ...golden, plugins: [...golden.plugins, watching()] });
  const seen: { loss: number; terms: Readonly<Record<string, number>> }[] = [];
  run.events.on('event', (event) => event.type === 'step' && seen.push(event));
  const teachers = run.composition.teachers.map(({ parameters }) => parameters.get('class')?.variable);
  const before = teachers.map((table) => [...(table?.dataSync() ?? [])]);
  await run.fit();
  const teacherMoved = teachers.some(
    (table, i) => [...(table?.dataSync() ?? [])].join() !== before[i].join(),
  );
  await run.dispose();
  return { ...seen[0], gradients, teacherMoved };
}

/** Whether numbers agree to the tolerance of the golden cases. */
export const near = (
  actual: number | readonly number[],
  expected: number | readonly number[],
  tolerance = 1e-6,
): boolean => {
  const [a, b] = [[actual].flat(), [expected].flat()] as number[][];
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= tolerance);
};
