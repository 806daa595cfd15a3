import * as tf from '@tensorflow/tfjs';
import type { Normalization } from '../contracts/model.js';
import { kdxError } from '../errors.js';

/**
 * `(x − mean) / std` per channel. Each model of a run gets the same images, normalised with the statistics it was trained
 * with.
 * @param images `[B, H, W, C]`, values in [0, 1]
 * @returns `[B, H, W, C]`
 * @throws KdxError `KDX_SHAPE` when `mean` or `std` do not have C entries
 */
export function normalizeImages(images: tf.Tensor4D, { mean, std }: Normalization): tf.Tensor4D {
  const channels = images.shape[3];
  if (images.rank !== 4 || mean.length !== channels || std.length !== channels) {
    throw kdxError(
      'KDX_SHAPE',
      `Images [${images.shape.join(', ')}] cannot be normalised with ${mean.length} means and ${std.length} deviations; give one of each per channel.`,
    );
  }
  return tf.div(tf.sub(images, tf.tensor1d([...mean])), tf.tensor1d([...std]));
}
