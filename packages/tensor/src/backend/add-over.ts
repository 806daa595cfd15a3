import * as tf from '@tensorflow/tfjs';
import { isRecording } from '../autodiff/engine.js';
import { ADD_OVER } from '../kernels/contract.js';
import { hasKernel, runKernel } from './fused.js';

/** `x + y`, of one shape. The caller gives x up: no code may read x again, and the caller disposes it. */
export function addOver(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (!hasKernel(ADD_OVER) || isRecording()) return tf.add(x, y);
  return runKernel(ADD_OVER, { x, y })[0];
}
