import * as tf from '@tensorflow/tfjs';
import { random } from './against-cpu.js';

/** The value of an op and the gradients of Σ w∘op for fixed, uneven w. */
export function valueAndGradients(
  op: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): tf.Tensor[] {
  const value = op(...inputs);
  const w = random(value.shape, 99);
  return [value, ...tf.grads((...xs) => tf.sum(tf.mul(op(...xs), w)))(inputs)];
}
