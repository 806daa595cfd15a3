import * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import { avgPool } from './pool.js';

/**
 * Mean of windows that cover the input evenly, as PyTorch's `adaptive_avg_pool2d`: output row i averages the rows
 * ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ − 1, columns likewise.
 * @param x `[B, H, W, C]`
 * @param size `[h, w]`; larger than the input repeats rows and columns
 * @returns `[B, h, w, C]`; `x` itself where it has that size
 * @throws KdxError `KDX_SHAPE`
 */
export function adaptiveAvgPool(x: tf.Tensor4D, [h, w]: readonly number[]): tf.Tensor4D {
  const [B, H, W, C] = x.shape;
  if (x.rank !== 4 || !(h >= 1 && w >= 1)) {
    throw shapeError('adaptiveAvgPool', 'x [B, H, W, C] and a size of at least 1', x.shape, [h, w]);
  }
  if (h === H && w === W) return x;
  if (H % h === 0 && W % w === 0) return avgPool(x, [H / h, W / w]);
  // [B, H, W·C] → [B, h, W·C] → [B·h, w, C]
  const rows = tf.matMul(windows(H, h), tf.reshape(x, [B, H, W * C]));
  return tf.reshape(tf.matMul(windows(W, w), tf.reshape(rows, [B * h, W, C])), [B, h, w, C]);
}

/** Rows of means, `[1, out, length]`: a product broadcasts over the batch. */
function windows(length: number, out: number): tf.Tensor3D {
  const values = new Float32Array(out * length);
  for (let i = 0; i < out; i++) {
    const [start, end] = [Math.floor((i * length) / out), Math.ceil(((i + 1) * length) / out)];
    values.fill(1 / (end - start), i * length + start, i * length + end);
  }
  return tf.tensor3d(values, [1, out, length]);
}
