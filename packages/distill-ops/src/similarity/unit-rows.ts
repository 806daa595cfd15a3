import * as tf from '@tensorflow/tfjs';
import { l2Norm } from './l2-norm.js';

/**
 * Rows of length 1, and 0 for a row of zeros: products of such rows are cosines.
 * @param x `[B, D]`
 * @returns `[B, D]`
 */
export const unitRows = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.div(x, tf.expandDims(tf.maximum(l2Norm(x, [1]), 1e-12), 1)) as tf.Tensor2D;
