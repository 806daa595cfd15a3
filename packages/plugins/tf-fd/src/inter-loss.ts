import { firstChannels, resizeMaps, sharedSize } from '@kdx/distill-ops';
import { detach, meanSquaredError } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';

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
  const size = sharedSize(learner, target);
  const fit = (maps: tf.Tensor4D): tf.Tensor4D => resizeMaps(firstChannels(maps, c), size);
  return meanSquaredError(fit(learner), fit(detach(target)));
}
