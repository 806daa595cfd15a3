import { detach } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/** Salience S(φ)_c of each channel of `[B, H, W, C]`: `[C]`. Ranks are not differentiated: give it detached maps. */
export type Score = (maps: tf.Tensor4D) => tf.Tensor1D;

/**
 * The released code's score: each map divided by its spatial l₂ norm, then the mean over b, h, w:
 *
 *     s_c = 1/(B·H·W) · Σ_b Σ_hw φ / max(‖φ_bc‖₂, 1e-12)
 *
 * It measures how spread out a map is; a positive factor on a channel changes nothing.
 */
export const released: Score = (maps) => {
  const [B, H, W] = maps.shape;
  const norm = tf.sqrt(tf.sum(tf.square(maps), [1, 2]));
  const spread = tf.div(tf.sum(maps, [1, 2]), tf.maximum(norm, 1e-12));
  return tf.div(tf.sum(spread, 0), B * H * W) as tf.Tensor1D;
};

/** Mean over the batch of the spatial l_p norm, `(Σ_hw |φ|^p)^(1/p)`; p > 0. */
export const lp =
  (p: number): Score =>
  (maps) => {
    if (p === 1) return tf.mean(tf.sum(tf.abs(maps), [1, 2]), 0) as tf.Tensor1D;
    if (p === 2) return tf.mean(tf.sqrt(tf.sum(tf.square(maps), [1, 2])), 0) as tf.Tensor1D;
    // Powers of values of at most 1 cannot overflow.
    const size = tf.abs(maps);
    const peak = tf.maximum(tf.max(size), 1e-30);
    const norms = tf.pow(tf.sum(tf.pow(tf.div(size, peak), p), [1, 2]), 1 / p);
    return tf.mul(tf.mean(norms, 0), peak) as tf.Tensor1D;
  };

/** Mean over b, h, w. */
export const mean: Score = (maps) => tf.mean(maps, [0, 1, 2]) as tf.Tensor1D;

/** |γ_c| of the batch norm that scales the channels (Network Slimming, Liu et al. 2017). */
export const scale =
  (gamma: tf.Tensor): Score =>
  () =>
    tf.abs(detach(gamma)) as tf.Tensor1D;
