import { type Model } from '@kdx/core';
import { l2Norm } from '@kdx/distill-ops';
import { channelMoments } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../../errors.js';

/** A batch norm of the inverted network. */
export interface BatchNormLayer {
  /** Path of the layer. */
  readonly path: string;
  /** Tap of its input, `path:in`, `[B, H, W, C]` or `[B, C]`. */
  readonly tap: string;
  /** Running mean `[C]`; the model's own. */
  readonly mean: tf.Tensor;
  /** Running variance `[C]`; the model's own. */
  readonly variance: tf.Tensor;
}

export type BatchNorms = readonly BatchNormLayer[];

/**
 * The batch norms of a model in the order in which images meet them. (The order of registration, in PyTorch mostly the same,
 * need not begin with the stem.)
 * @throws KdxError `KDX_INVERT_NO_BATCH_NORM` when it has none
 */
export function batchNormsOf(model: Pick<Model, 'buffers' | 'spec' | 'taps'>): BatchNormLayer[] {
  const { buffers, spec } = model;
  const layers = [...model.taps().keys()].flatMap((tap) => {
    const path = tap.replace(/:in$/, '');
    const mean = buffers.get(`${path}.running_mean`)?.variable;
    const variance = buffers.get(`${path}.running_var`)?.variable;
    return tap !== path && mean && variance ? [{ path, tap, mean, variance }] : [];
  });
  if (layers.length > 0) return layers;
  throw kdxError(
    'KDX_INVERT_NO_BATCH_NORM',
    `"${spec.name}" has no batch norm whose statistics could tell what its images looked like; invert a network that has some, or go without by --set weights.batchNorm=0.`,
  );
}

export interface BatchNormDistanceOptions {
  /** Weight of the first layer's term; the others' is 1. Default 10 (DeepInversion's released code). */
  readonly firstMultiplier?: number;
}

/**
 * R_BN: how far a batch's statistics at the inputs of the batch norms are from those the network saw in training (eq. 3
 * of DearKD's supplement; spec §3.2),
 *
 *     R_BN = Σ_l m_l · ( ‖μ_l(x) − μ_l‖₂ + ‖σ²_l(x) − σ²_l‖₂ )        m_1 = firstMultiplier, else m_l = 1
 *
 * with population variances and norms over channels, not squared; at 0 a norm's gradient is 0. In float32, whatever the
 * network computes in. Running statistics are constants.
 * @param taps the layers' inputs, by tap
 * @returns scalar
 */
export function batchNormDistance(
  taps: Readonly<Record<string, tf.Tensor>>,
  layers: BatchNorms,
  { firstMultiplier = 10 }: BatchNormDistanceOptions = {},
): tf.Scalar {
  const terms = layers.flatMap(({ tap, ...running }, index) => {
    const { mean, variance } = channelMoments(taps[tap]);
    const norms = [l2Norm(tf.sub(mean, running.mean)), l2Norm(tf.sub(variance, running.variance))];
    return index === 0 ? norms.map((norm) => tf.mul(norm, firstMultiplier)) : norms;
  });
  return tf.addN(terms) as tf.Scalar;
}
