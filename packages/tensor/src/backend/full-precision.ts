import * as tf from '@tensorflow/tfjs';
import { FULL_PRECISION } from '../kernels/contract.js';
import { hasKernel, runKernel } from './fused.js';

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
