import { adaptiveAvgPool, detach, meanSquaredError } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * The deeper layer teaches the shallower (Tf-FD, spec §1.4): the shallower map is average-pooled to the deeper one's
 * size, both are cropped to their first c = min(C_i, C_j) channels, and the deeper one is a constant target:
 *
 *     L_inter(i, j) = mean over B, c, H_j, W_j of (pool(φ_i)[:c] − sg(φ_j)[:c])²
 *
 * Where the shallower map is the smaller one, the target is pooled instead.
 * @param learner φ_i, `[B, H_i, W_i, C_i]`
 * @param target φ_j, `[B, H_j, W_j, C_j]`
 * @returns scalar
 */
export function interLoss(learner: tf.Tensor4D, target: tf.Tensor4D): tf.Scalar {
  const c = Math.min(learner.shape[3], target.shape[3]);
  const [H, W] = [0, 1].map((axis) => Math.min(learner.shape[axis + 1], target.shape[axis + 1]));
  const fit = (maps: tf.Tensor4D): tf.Tensor4D => adaptiveAvgPool(firstChannels(maps, c), [H, W]);
  return meanSquaredError(fit(learner), fit(detach(target)));
}

const firstChannels = (maps: tf.Tensor4D, c: number): tf.Tensor4D =>
  maps.shape[3] === c
    ? maps
    : tf.slice(maps, 0, [...maps.shape.slice(0, 3), c] as [number, number, number, number]);

/** Pairs (i, j) of layers, i shallower than j: all, or neighbours only. */
export const layerPairs = (layers: number, which: 'all' | 'neighbours'): [i: number, j: number][] =>
  Array.from({ length: layers }, (_, i) =>
    Array.from({ length: layers - 1 - i }, (_, d): [number, number] => [i, i + 1 + d]).filter(
      ([, j]) => which === 'all' || j === i + 1,
    ),
  ).flat();
