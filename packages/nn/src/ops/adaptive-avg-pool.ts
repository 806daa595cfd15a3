import type * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import { avgPool } from './pool.js';
import { resample } from './resample.js';

/**
 * Mean of windows that cover the input evenly, as PyTorch's `adaptive_avg_pool2d`: output row i averages the rows
 * ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ − 1, columns likewise.
 * @param x `[B, H, W, C]`
 * @param size `[h, w]`; larger than the input repeats rows and columns
 * @returns `[B, h, w, C]`; `x` itself where it has that size
 * @throws KdxError `KDX_SHAPE`
 */
export function adaptiveAvgPool(x: tf.Tensor4D, [h, w]: readonly number[]): tf.Tensor4D {
  const [, H, W] = x.shape;
  if (x.rank !== 4 || !(h >= 1 && w >= 1)) {
    throw shapeError('adaptiveAvgPool', 'x [B, H, W, C] and a size of at least 1', x.shape, [h, w]);
  }
  if (h === H && w === W) return x;
  if (H % h === 0 && W % w === 0) return avgPool(x, [H / h, W / w]);
  return resample(x, [h, w], windows);
}

/** Each output is the mean of its window. */
function windows(out: number, length: number): Float32Array {
  const values = new Float32Array(out * length);
  for (let i = 0; i < out; i++) {
    const [start, end] = [Math.floor((i * length) / out), Math.ceil(((i + 1) * length) / out)];
    values.fill(1 / (end - start), i * length + start, i * length + end);
  }
  return values;
}
