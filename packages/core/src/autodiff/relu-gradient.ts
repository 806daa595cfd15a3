import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from '../backend/fused.js';
import { isRecording } from './engine.js';

/**
 * A kernel that a back end may register: `dx = dy where y > 0, else 0`. Inputs `dy` and `y`, the ReLU's output (or its
 * input, which is positive in the same places), float32 of one shape; output a new tensor of it.
 */
export const RELU_GRAD = 'KdxReluGrad';

/** Gradient of a ReLU from that of its output and its output (or input) `y`. Any shape. */
export function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  // A gradient of this gradient needs ops that can be differentiated.
  if (hasKernel(RELU_GRAD) && !isRecording()) return runKernel(RELU_GRAD, { dy, y })[0];
  return tf.mul(dy, tf.cast(tf.step(y), 'float32'));
}
