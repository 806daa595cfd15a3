import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../backend/fused.js';

/**
 * Kernels that a back end may register to do a whole update at once, in place. Contract of both:
 * - inputs are float32 tensors of one shape; the kernel overwrites the storage of `parameter` and of the state beside
 *   it, and only reads `gradient`;
 * - it returns no tensors (`[]`); data ids and reference counts stay as they are;
 * - attributes are numbers as given; arithmetic in float32 or better, equations as in `sgd.ts` and `adam.ts`.
 * It may rely on being the storage's only user: see {@link own}.
 */
export const SGD_UPDATE = 'KdxSgdUpdate';
export const ADAM_UPDATE = 'KdxAdamUpdate';

export interface SgdUpdateInputs {
  readonly parameter: tf.Variable;
  readonly gradient: tf.Tensor;
  /** Absent when the momentum is 0. */
  readonly momentumBuffer?: tf.Variable;
}

export interface SgdUpdateAttributes {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  /** 0 for a parameter that is exempt. */
  readonly weightDecay: number;
}

export interface AdamUpdateInputs {
  readonly parameter: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly expAvg: tf.Variable;
  readonly expAvgSq: tf.Variable;
}

export interface AdamUpdateAttributes {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 0 for a parameter that is exempt. */
  readonly weightDecay: number;
  /** True: AdamW, the parameter shrinks by `learningRate · weightDecay` first. False: Adam, an L2 term in the gradient. */
  readonly decoupled: boolean;
  /** 1 at the first update; for the bias corrections `1 − βᵗ`. */
  readonly step: number;
}

/** Runs a back end's {@link SGD_UPDATE}, inside a tidy scope. */
export function runSgdUpdate(inputs: SgdUpdateInputs, attributes: SgdUpdateAttributes): void {
  own(inputs.parameter);
  if (inputs.momentumBuffer) own(inputs.momentumBuffer);
  runKernel(SGD_UPDATE, { ...inputs }, { ...attributes });
}

/** Runs a back end's {@link ADAM_UPDATE}, inside a tidy scope. */
export function runAdamUpdate(inputs: AdamUpdateInputs, attributes: AdamUpdateAttributes): void {
  for (const written of [inputs.parameter, inputs.expAvg, inputs.expAvgSq]) own(written);
  runKernel(ADAM_UPDATE, { ...inputs }, { ...attributes });
}

/**
 * Gives a variable storage of its own when a clone or reshape shares it: TensorFlow.js promises those that they never
 * change, and a kernel that writes in place would change them.
 */
function own(variable: tf.Variable): void {
  if (tf.backend().refCount(variable.dataId) > 1) variable.assign(tf.mul(variable, 1));
}
