import type { Normalization } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';

/**
 * `(x − mean)/std` per channel.
 * @param x `[B, H, W, C]`, values in [0, 1]
 * @returns `[B, H, W, C]`
 * @throws KdxError `KDX_SHAPE` when `mean` or `std` do not have C entries
 */
export function normalizeImages(x: tf.Tensor4D, { mean, std }: Normalization): tf.Tensor4D {
  const C = x.shape[3];
  if (x.rank !== 4 || mean.length !== C || std.length !== C) {
    throw shapeError(
      'normalizeImages',
      'images [B, H, W, C] with C means and stds',
      x.shape,
      [mean.length],
      [std.length],
    );
  }
  return tf.div(tf.sub(x, tf.tensor1d([...mean])), tf.tensor1d([...std]));
}
