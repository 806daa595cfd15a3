import { globalAveragePool } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * A feature as one vector for each image, as class heads read it: maps are averaged over their places, of tokens the first (the
 * class token) counts, and a vector stays.
 * @param x `[B, H, W, D]`, `[B, T, D]` or `[B, D]`
 * @returns `[B, D]`
 */
export function toVector(x: tf.Tensor): tf.Tensor2D {
  if (x.rank === 4) return globalAveragePool(x as tf.Tensor4D) as tf.Tensor2D;
  if (x.rank !== 3) return x as tf.Tensor2D;
  const [B, , D] = x.shape as [number, number, number];
  return tf.squeeze(tf.slice(x, [0, 0, 0], [B, 1, D]), [1]);
}
