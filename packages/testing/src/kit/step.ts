import { type Clock, constant, type HostBatch, type RunRng, teacherName } from '@kdx/core';
import {
  type ComposedTerm,
  type Composition,
  changedBatch,
  clockAt,
  normalizeImages,
  planStep,
  type StepPlan,
  studentLoss,
} from '@kdx/core/run';
import { keyedRng, type Parameter, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

/** A loss as a function of the variables: that of one batch, with all randomness keyed. */
export interface StepFunction {
  /** The scalar, on the tape if one is on. */
  loss(): tf.Scalar;
  dispose(): void;
}

/** Who learns in a run, `student` and `module.<id>`, each with its parameters. */
export function learners({ student, modules }: Composition): Map<string, ReadonlyMap<string, Parameter>> {
  const found = new Map<string, ReadonlyMap<string, Parameter>>([['student', student.parameters]]);
  for (const [id, { store }] of modules) found.set(`module.${id}`, store.parameters);
  return found;
}

/** Calls the hooks that come before the first step, which plugins make their state in. */
export async function enterRun(composition: Composition): Promise<void> {
  await composition.hooks.series('fitStart', firstClock(composition, 0));
  await enterEpoch(composition, 0);
}

/** Calls the hooks that come before the first step of an epoch. */
export async function enterEpoch(composition: Composition, epoch: number): Promise<void> {
  const clock = firstClock(composition, epoch);
  await composition.hooks.series('epochStart', clock);
  await composition.hooks.series('stepStart', clock);
}

/** Of an epoch's first step. */
const firstClock = ({ settings, stepsPerEpoch }: Composition, epoch: number): Clock =>
  clockAt([{ epochs: settings.epochs, stepsPerEpoch }], epoch * stepsPerEpoch);

/** The loss of the first four training images: one term with weight 1, or the run's total in an epoch. */
export async function stepFunction(
  composition: Composition,
  what: { readonly term: ComposedTerm } | { readonly epoch: number },
): Promise<StepFunction> {
  const { settings, student, data } = composition;
  const clock = firstClock(composition, 'term' in what ? 0 : what.epoch);
  const wired: Composition = 'term' in what ? alone(composition, what.term) : composition;
  const batch = await changedBatch(composition, await firstBatch(composition), clock);
  const count = batch.indices.length;
  const images = tf.tensor4d(batch.images, [count, ...data.imageSize]);
  const targets = tf.tensor2d(batch.targets, [count, student.spec.classes]);
  const plan = planStep(wired, clock);
  const frozen = teacherOutputs(composition, images, plan);
  const rng: RunRng = (...purpose) => keyedRng(settings.seed, ...purpose);
  return {
    loss() {
      const { total, parts } = studentLoss(wired, { images, targets, frozen, plan, clock, micro: 0 }, rng);
      return 'term' in what ? parts[0] : total;
    },
    dispose: () => tf.dispose([images, targets, ...frozen.values()]),
  };
}

/** Value and gradients of a loss by learner and parameter; what it does not reach has no entry. */
export function gradientsOf(
  loss: () => tf.Scalar,
  owners: ReadonlyMap<string, ReadonlyMap<string, Parameter>>,
): { value: number; gradients: Map<string, Map<string, Float32Array>> } {
  const all = [...owners].flatMap(([owner, parameters]) =>
    [...parameters].map(([name, { variable }]) => ({ owner, name, variable })),
  );
  const gradients = new Map([...owners.keys()].map((owner) => [owner, new Map<string, Float32Array>()]));
  let value = Number.NaN;
  tf.tidy(() => {
    const taped = valueAndGradients(
      loss,
      all.map(({ variable }) => variable),
    );
    value = taped.value.dataSync()[0];
    all.forEach(({ owner, name }, i) => {
      const values = taped.gradients[i]?.dataSync() as Float32Array | undefined;
      if (values) gradients.get(owner)?.set(name, values.slice());
    });
  });
  return { value, gradients };
}

/** The run with one term only, of weight 1, whoever superseded it. */
const alone = (composition: Composition, term: ComposedTerm): Composition => ({
  ...composition,
  balance: {},
  terms: [{ ...term, weight: constant(1), superseded: undefined }],
});

async function firstBatch({ data, student }: Composition): Promise<HostBatch> {
  const count = Math.min(4, data.train.length);
  const size = data.imageSize[0] * data.imageSize[1] * data.imageSize[2];
  const images = new Float32Array(count * size);
  const { classes } = student.spec;
  // Smoothed, so that no target is 0.
  const targets = new Float32Array(count * classes).fill(0.1 / classes);
  for (let row = 0; row < count; row++) {
    await data.train.read(row, images.subarray(row * size, (row + 1) * size));
    targets[row * classes + data.train.labels[row]] += 0.9;
  }
  return {
    indices: Int32Array.from({ length: count }, (_, row) => row),
    images,
    labels: Int32Array.from({ length: count }, (_, row) => data.train.labels[row]),
    targets,
  };
}

function teacherOutputs(
  { teachers }: Composition,
  images: tf.Tensor4D,
  { reads }: StepPlan,
): Map<string, tf.Tensor> {
  const outputs = new Map<string, tf.Tensor>();
  teachers.forEach((teacher, index) => {
    const name = teacherName(index);
    const wanted = reads.get(name);
    if (!wanted) return;
    tf.tidy(() => {
      const { heads, taps } = teacher.forward(normalizeImages(images, teacher.spec), {
        training: false,
        taps: [...wanted.taps],
      });
      for (const [head, logits] of Object.entries(heads)) {
        outputs.set(`${name}.heads.${head}`, tf.keep(tf.clone(logits)));
        if (head === 'class') outputs.set(`${name}.logits`, tf.keep(tf.clone(logits)));
      }
      for (const [path, tap] of Object.entries(taps)) outputs.set(`${name}.${path}`, tf.keep(tf.clone(tap)));
    });
  });
  return outputs;
}

/** Whether the total loss of an epoch has terms. */
export const hasLoss = (composition: Composition, epoch: number): boolean =>
  planStep(composition, firstClock(composition, epoch)).terms.length > 0;

/** Where every epoch's loss has the same terms and weights as in an epoch before, one of them is enough. */
export function differentEpochs(composition: Composition): number[] {
  const { settings } = composition;
  const seen = new Set<string>();
  return Array.from({ length: settings.epochs }, (_, epoch) => epoch).filter((epoch) => {
    const { terms: active } = planStep(composition, firstClock(composition, epoch));
    const terms = active.map(({ term, weight }) => `${term.id} ${weight}`);
    const key = terms.join();
    return terms.length > 0 && !seen.has(key) && seen.add(key);
  });
}
