import { adaptiveAvgPool, bilinearResize } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';

/**
 * Maps at another size: the mean of windows where an axis shrinks, otherwise bilinear between pixel centres, as PyTorch's
 * `adaptive_avg_pool2d` and `interpolate(mode='bilinear', align_corners=False)`.
 * @param maps `[B, H, W, C]`
 * @param size `[h, w]`
 * @returns `[B, h, w, C]`; `maps` itself where it has that size
 * @throws KdxError `KDX_SHAPE`
 */
export function resizeMaps(maps: tf.Tensor4D, [h, w]: readonly number[]): tf.Tensor4D {
  const shrinks = h < maps.shape[1] || w < maps.shape[2];
  return (shrinks ? adaptiveAvgPool : bilinearResize)(maps, [h, w]);
}

/** `[h, w]` to which neither of two maps `[B, H, W, C]` has to grow. */
export const sharedSize = (a: tf.Tensor4D, b: tf.Tensor4D): [h: number, w: number] => [
  Math.min(a.shape[1], b.shape[1]),
  Math.min(a.shape[2], b.shape[2]),
];
