import * as tf from '@tensorflow/tfjs';
import { FULL_PRECISION } from '../kernels/contract.js';
import { hasKernel, runKernel } from './fused.js';

/**
 * Prepares a tensor of any shape for a loss: the loss computes in float32, whatever precision the model that gave the
 * tensor computes in. Its gradient passes through.
 */
export function fullPrecision<T extends tf.Tensor>(x: T): T {
  if (x.dtype !== 'float32' || !hasKernel(FULL_PRECISION)) return x;
  return tf.customGrad((inner) => ({
    value: runKernel(FULL_PRECISION, { x: inner as tf.Tensor })[0],
    gradFunc: (dy) => tf.clone(dy),
  }))(x) as T;
}
