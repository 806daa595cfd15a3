import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from './fused.js';

/**
 * A kernel that a back end registers which may store float32 tensors in less: the same values, in float32. The result
 * may share x's memory.
 */
export const FULL_PRECISION = 'KdxFullPrecision';

/**
 * A tensor of any shape as a loss is to read it: what is computed from it is computed in float32, whatever the model
 * that gave it computes in. Its gradient passes through.
 */
export function fullPrecision<T extends tf.Tensor>(x: T): T {
  if (x.dtype !== 'float32' || !hasKernel(FULL_PRECISION)) return x;
  return tf.customGrad((inner) => ({
    value: runKernel(FULL_PRECISION, { x: inner as tf.Tensor })[0],
    gradFunc: (dy) => tf.clone(dy),
  }))(x) as T;
}
