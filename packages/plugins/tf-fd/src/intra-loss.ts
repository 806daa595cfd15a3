import { detach, meanSquare } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import type { Halves } from './halves.js';

/**
 * Salient channels teach redundant ones of the same layer (Tf-FD, spec §1.2):
 *
 *     L_intra(φ) = mean over B, k, H, W of (φ[π_r] − φ[π_{r+k}])²
 *
 * @param maps `[B, H, W, C]`
 * @param stopGradient whether the salient half is a constant target (paper); otherwise both halves learn (released code)
 * @returns scalar
 */
export function intraLoss(
  maps: tf.Tensor4D,
  { salient, redundant }: Halves,
  stopGradient: boolean,
): tf.Scalar {
  // A product with one-hot rows costs less than gathering channels, forward and backward; of both halves at once, with ±1.
  const difference = stopGradient
    ? tf.sub(ranked(detach(maps), salient), ranked(maps, redundant))
    : ranked(maps, tf.sub(salient, redundant));
  return meanSquare(difference);
}

/** `[B·H·W, k]` of maps `[B, H, W, C]` and rows `[k, C]`. */
const ranked = (maps: tf.Tensor4D, rows: tf.Tensor2D): tf.Tensor =>
  tf.matMul(tf.reshape(maps, [-1, maps.shape[3]]), rows, false, true);
