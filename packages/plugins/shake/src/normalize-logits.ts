import { layerNorm } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * The released code's `scale · (z − μ)/√(σ² + 1e-7)`, over the classes, σ² the population variance (spec §2.2). The order of
 * classes, and so top-k, stays.
 * @param logits `[B, K]`
 * @returns `[B, K]`
 */
export const normalizeLogits = (logits: tf.Tensor2D, scale: number): tf.Tensor2D => {
  const K = logits.shape[1];
  return layerNorm(logits, tf.fill([K], scale), tf.zeros([K]), 1e-7) as tf.Tensor2D;
};
