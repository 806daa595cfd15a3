import * as tf from '@tensorflow/tfjs';

/** Weights `[out, in]` of a linear map along one axis, row by row. */
export type Taps = (out: number, length: number) => Float32Array;

/**
 * `[B, H, W, C]` → `[B, h, w, C]` by the same linear map along rows and columns. As products, so that every back end has its
 * gradient.
 */
export function resample(x: tf.Tensor4D, [h, w]: readonly number[], taps: Taps): tf.Tensor4D {
  const [B, H, W, C] = x.shape;
  const map = (out: number, length: number) => tf.tensor3d(taps(out, length), [1, out, length]);
  // [B, H, W·C] → [B, h, W·C] → [B·h, w, C]
  const rows = h === H ? x : tf.matMul(map(h, H), tf.reshape(x, [B, H, W * C]));
  if (w === W) return tf.reshape(rows, [B, h, w, C]);
  return tf.reshape(tf.matMul(map(w, W), tf.reshape(rows, [B * h, W, C])), [B, h, w, C]);
}
