import type { Parameter } from '@kdx/tensor';
import { GradientAccumulator, isKdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { Composition } from '../compose/composition.js';
import { type RunRng } from '../contracts/slot.js';
import type { Ref } from '../contracts/term.js';
import { changeGradients } from '../train/changed-by-hooks.js';
import { valueAndGradients } from '../train/gradients.js';
import { studentLoss } from '../train/step.js';
import { planStep, type StepPlan } from '../train/step-plan.js';
import type { StepInputs } from '../train/step-reads.js';
import { type GradientNorms, gradientNorms } from './gradient-norms.js';
import { observed, withoutHooks } from './observed.js';
import { type ValueStatistics, valueStatistics } from './value-statistics.js';

export interface InspectedRead extends ValueStatistics {
  readonly ref: Ref;
  /** With the batch axis. */
  readonly shape: readonly number[];
}

export interface InspectedTerm {
  readonly id: string;
  readonly group: string;
  readonly weight: number;
  /** Unweighted. */
  readonly value: number;
  readonly trains: readonly string[];
  /** Of the weighted term. */
  readonly gradients: GradientNorms;
}

/** One batch through everything. */
export interface StepInspection {
  readonly epoch: number;
  readonly images: number;
  readonly loss: number;
  readonly terms: readonly InspectedTerm[];
  /** Gradients of all terms of a group together. */
  readonly groups: Readonly<Record<string, GradientNorms>>;
  /** Of the whole loss, after the hooks of plugins and before clipping. */
  readonly gradients: GradientNorms;
  readonly reads: readonly InspectedRead[];
  /** Trained parameters that got a gradient, by their names in the run. */
  readonly reached: readonly string[];
}

type Learning = ReadonlyMap<string, Parameter>;

/**
 * Runs phase B of a step once for each term and once for the whole, with nothing updated but the buffers of batch norm,
 * which its caller puts back.
 */
export function inspectStep(
  composition: Composition,
  inputs: StepInputs,
  learning: Learning,
): StepInspection {
  const { clock } = inputs;
  const rng = composition.rng;
  const modules = [...composition.modules.keys()];
  const reads = new Map<Ref, InspectedRead>();
  const watched = observed(composition, (ref, tensor) => {
    if (reads.has(ref)) return;
    reads.set(ref, { ref, shape: [...tensor.shape], ...valueStatistics(tensor.dataSync()) });
  });
  const quiet = withoutHooks(watched);
  const plan = planStep(watched, clock);
  const sums = new Map<string, GradientAccumulator<string>>();
  try {
    const terms = plan.terms.map((entry): InspectedTerm => {
      const { id, group, trains } = entry.term;
      const alone: StepPlan = { ...plan, terms: [entry] };
      return tidied(() => {
        const { value, gradients } = termGradients(quiet, { ...inputs, plan: alone }, rng, learning);
        const sum = sums.get(group) ?? new GradientAccumulator<string>();
        sums.set(group, sum);
        sum.add(gradients);
        return {
          id,
          group,
          weight: entry.weight,
          value,
          trains,
          gradients: gradientNorms(gradients, modules),
        };
      });
    });
    const groups = [...sums].map(([group, sum]) => [group, tidied(() => normsOf(sum, modules))] as const);
    return {
      epoch: clock.epoch,
      images: inputs.images.shape[0],
      terms,
      groups: Object.fromEntries(groups),
      ...tidied(() => wholeGradients(composition, inputs, rng, learning)),
      reads: [...reads.values()],
    };
  } finally {
    for (const sum of sums.values()) sum.dispose();
  }
}

function termGradients(
  composition: Composition,
  inputs: StepInputs,
  rng: RunRng,
  learning: Learning,
): { value: number; gradients: Map<string, tf.Tensor> } {
  let value = Number.NaN;
  const gradients = gradientsOf(() => {
    const { total, parts } = studentLoss(composition, inputs, rng);
    [value] = parts[0].dataSync();
    return total;
  }, learning);
  return { value, gradients };
}

function wholeGradients(
  composition: Composition,
  inputs: StepInputs,
  rng: RunRng,
  learning: Learning,
): Pick<StepInspection, 'loss' | 'gradients' | 'reached'> {
  const { clock } = inputs;
  const plan = planStep(composition, clock);
  let loss = Number.NaN;
  const gradients = gradientsOf(() => {
    const { total } = studentLoss(composition, { ...inputs, plan }, rng);
    [loss] = total.dataSync();
    return total;
  }, learning);
  changeGradients(composition, gradients, clock);
  return {
    loss,
    gradients: gradientNorms(gradients, [...composition.modules.keys()]),
    reached: [...gradients.keys()],
  };
}

function normsOf(sum: GradientAccumulator<string>, modules: readonly string[]): GradientNorms {
  const gradients = sum.take();
  try {
    return gradientNorms(gradients, modules);
  } finally {
    for (const gradient of gradients.values()) gradient.dispose();
  }
}

/** Gradients by name; none where the loss depends on nothing that learns, which a step would refuse. */
function gradientsOf(loss: () => tf.Scalar, learning: Learning): Map<string, tf.Tensor> {
  try {
    return valueAndGradients(loss, learning).gradients;
  } catch (error) {
    if (isKdxError(error) && error.code === 'KDX_NO_GRADIENT') return new Map();
    throw error;
  }
}

/** `tf.tidy` for a result that holds no tensors. */
function tidied<T>(run: () => T): T {
  let result: T | undefined;
  tf.tidy(() => {
    result = run();
  });
  return result as T;
}
