import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../backend/fused.js';

/**
 * Kernels that a back end may register to update many tensors at once, in place; what is missing is composed of plain
 * `tf.*`. Contract of all four:
 * - inputs are one array of `count` lists' tensors, list after list (TensorFlow.js's idiom for `AddN`), all float32;
 *   the i-th tensors of all lists have one shape, which differs from i to i;
 * - attributes are numbers as given; arithmetic in float32 or better, equations as in `sgd.ts`, `adam.ts`, `ema.ts` and
 *   `clip.ts`;
 * - what it writes it overwrites in place: data ids and reference counts stay as they are; it returns no tensors (`[]`)
 *   but where said.
 *
 * TensorFlow.js promises clones and reshapes of a tensor that they never change. Core keeps that promise where it can
 * see: no other tensor has the data id of one that is written. A back end whose data ids can share storage (views)
 * keeps it where only it can see: it gives such a data id storage of its own before it writes.
 */
export const SGD_UPDATE = 'KdxSgdUpdate';
export const ADAM_UPDATE = 'KdxAdamUpdate';
export const EMA_UPDATE = 'KdxEmaUpdate';
export const CLIP_GRADIENTS = 'KdxClipGradients';

/**
 * Inputs: parameters, gradients and, with a momentum above 0, momentum buffers. Writes all but the gradients. All
 * parameters of a call are decayed alike.
 */
export interface SgdUpdateAttributes {
  /** Parameters; inputs are 2 or 3 times as many. */
  readonly count: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  /** 0 for parameters that are exempt. */
  readonly weightDecay: number;
}

/**
 * Inputs: parameters, gradients, first moments, second moments. Writes all but the gradients. All parameters of a call
 * are decayed alike and have had as many updates.
 */
export interface AdamUpdateAttributes {
  /** Parameters; inputs are 4 times as many. */
  readonly count: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 0 for parameters that are exempt. */
  readonly weightDecay: number;
  /** True: AdamW, the parameter shrinks by `learningRate · weightDecay` first. False: Adam, an L2 term in the gradient. */
  readonly decoupled: boolean;
  /** 1 at the first update; for the bias corrections `1 − βᵗ`. */
  readonly step: number;
}

/** Inputs: averages, values. Writes the averages: `a ← a + (1 − decay)(v − a)`. */
export interface EmaUpdateAttributes {
  /** Averages; inputs are twice as many. */
  readonly count: number;
  readonly decay: number;
}

/**
 * Inputs: gradients. Multiplies them by `min(1, maxNorm / (norm + 1e-6))`, where `norm = √Σ‖g‖²` over all of them, and
 * returns `norm`, a new tensor `[]`. Reads nothing back to the host.
 */
export interface ClipGradientsAttributes {
  readonly count: number;
  readonly maxNorm: number;
}

/** Runs one of the kernels; {@link own} must have seen the variables that it writes. */
export function runUpdate(
  kernel: string,
  lists: readonly (readonly tf.Tensor[])[],
  attributes: Readonly<Record<string, unknown>>,
): tf.Tensor[] {
  return runKernel(kernel, lists.flat() as unknown as tf.NamedTensorMap, {
    count: lists[0].length,
    ...attributes,
  });
}

/** Gives each variable a data id of its own where a clone or reshape shares it. Inside a tidy scope. */
export function own(variables: readonly tf.Variable[]): readonly tf.Variable[] {
  for (const variable of variables) if (isShared(variable)) variable.assign(tf.mul(variable, 1));
  return variables;
}

/** Whether another tensor has the same data id. */
export const isShared = ({ dataId }: tf.Tensor): boolean => tf.backend().refCount(dataId) > 1;

/** Splits updates into groups that a kernel takes at once, in the order of their first members. */
export function groupsOf<T>(updates: readonly T[], keyOf: (update: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const update of updates) {
    const key = keyOf(update);
    const group = groups.get(key);
    if (group) group.push(update);
    else groups.set(key, [update]);
  }
  return [...groups.values()];
}
