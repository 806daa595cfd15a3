import type * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import { resample } from './resample.js';

/**
 * Bilinear resizing with pixel centres at halves, as PyTorch's `interpolate(mode='bilinear', align_corners=False)`; nothing
 * is smoothed before a reduction.
 * @param x `[B, H, W, C]`
 * @param size `[h, w]`
 * @returns `[B, h, w, C]`; `x` itself where it has that size
 * @throws KdxError `KDX_SHAPE`
 */
export function bilinearResize(x: tf.Tensor4D, [h, w]: readonly number[]): tf.Tensor4D {
  if (x.rank !== 4 || !(h >= 1 && w >= 1)) {
    throw shapeError('bilinearResize', 'x [B, H, W, C] and a size of at least 1', x.shape, [h, w]);
  }
  return h === x.shape[1] && w === x.shape[2] ? x : resample(x, [h, w], between);
}

/** Each output reads the two inputs beside its centre; beyond the border the last one. */
function between(out: number, length: number): Float32Array {
  const weights = new Float32Array(out * length);
  for (let i = 0; i < out; i++) {
    const centre = Math.max(0, ((i + 0.5) * length) / out - 0.5);
    const left = Math.min(Math.floor(centre), length - 1);
    const share = centre - left;
    weights[i * length + left] += 1 - share;
    weights[i * length + Math.min(left + 1, length - 1)] += share;
  }
  return weights;
}
