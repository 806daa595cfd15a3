import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from '../backend/fused.js';
import { RELU_GRAD } from '../kernels/contract.js';
import { isRecording } from './engine.js';

/** Gradient of a ReLU from that of its output and its output (or input) `y`. Any shape. */
export function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  // A gradient of this gradient needs ops that can be differentiated.
  if (hasKernel(RELU_GRAD) && !isRecording()) return runKernel(RELU_GRAD, { dy, y })[0];
  return tf.mul(dy, tf.cast(tf.step(y), 'float32'));
}
