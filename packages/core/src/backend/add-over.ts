import * as tf from '@tensorflow/tfjs';
import { isRecording } from '../autodiff/engine.js';
import { hasKernel, runKernel } from './fused.js';

/**
 * A kernel that a back end may register: `x + y` of one shape and type, into x's memory where nothing else refers to
 * it. The result is a new tensor; x, whose values are gone, is only to be disposed.
 */
export const ADD_OVER = 'KdxAddOver';

/** `x + y`, of one shape. x is given up: nobody may read it again, and the caller disposes it. */
export function addOver(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (!hasKernel(ADD_OVER) || isRecording()) return tf.add(x, y);
  return runKernel(ADD_OVER, { x, y })[0];
}
