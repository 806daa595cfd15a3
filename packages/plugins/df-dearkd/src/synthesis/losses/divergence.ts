import { pairDistances, unitRows } from '@kdx/distill-ops';
import { detach } from '@kdx/nn';
import { fullPrecision } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { ClassPairs } from './class-pairs.js';
import { distancesTo, farthest, nearest } from './feature-distances.js';

export { type ClassPairs, classPairs } from './class-pairs.js';

/*
 * Losses that keep the images of one class apart. Of DearKD's own, the boundary-preserving intra-divergence loss, no formula
 * was found: `boundaryDivergence` is our reconstruction (spec §3.3), the others are for comparison with it.
 *
 * With u the features, each divided by its length, and d their distances, image i of class y_i has
 *
 *     dp_i = min d_ij,  df_i = max d_ij  over j of its class        dn_i = min d_ik  over k of another class
 *
 * Of equal distances the first index counts.
 */

export interface BoundaryDivergenceOptions {
  /** m_div: how far before the boundary the nearest image of the class is left in peace, in [0, 2]. Default 0.4. */
  readonly margin?: number;
  /** m_bnd: how far before the boundary the farthest image of the class has to stay, in [0, 2]. Default 0.2. */
  readonly boundaryMargin?: number;
  /** λ_b, weight of the boundary. Default 1. */
  readonly boundaryWeight?: number;
}

/**
 * L_BPID (spec §3.3, our reconstruction): the mean, over images with another one of their class and one of another class, of
 *
 *     [ sg(dn_i) − m_div − dp_i ]₊ + λ_b · [ df_i − dn_i + m_bnd ]₊
 *
 * The first pushes the nearest image of the class away, the second (batch-hard triplet loss) keeps the farthest inside the
 * class. sg stops the gradient, so other classes are not drawn nearer to let the first fall. 0 with a gradient of 0 where no
 * image has both.
 * @param features `[B, D]`, the inverted network's pooled penultimate features, of images with the pairs' labels
 * @returns scalar, at least 0
 */
export function boundaryDivergence(
  features: tf.Tensor2D,
  pairs: ClassPairs,
  { margin = 0.4, boundaryMargin = 0.2, boundaryWeight = 1 }: BoundaryDivergenceOptions = {},
): tf.Scalar {
  const { dp, df, dn } = distances(features, pairs);
  const divergence = tf.relu(tf.sub(tf.sub(detach(dn), margin), dp));
  const boundary = tf.relu(tf.add(tf.sub(df, dn), boundaryMargin));
  const each = tf.add(divergence, tf.mul(boundary, boundaryWeight));
  return tf.sum(tf.mul(each, pairs.anchorWeights));
}

/**
 * The boundary's half of {@link boundaryDivergence} alone: the mean, over the same images, of `[ df_i − dn_i + m_bnd ]₊`.
 * @param features `[B, D]`
 * @returns scalar, at least 0
 */
export function tripletDivergence(
  features: tf.Tensor2D,
  pairs: ClassPairs,
  { boundaryMargin = 0.2 }: Pick<BoundaryDivergenceOptions, 'boundaryMargin'> = {},
): tf.Scalar {
  const { df, dn } = distances(features, pairs);
  return tf.sum(tf.mul(tf.relu(tf.add(tf.sub(df, dn), boundaryMargin)), pairs.anchorWeights));
}

export interface PushDivergenceOptions {
  /** m_push: the distance from which on the nearest image of the class is left in peace, in (0, 2]. Default 1. */
  readonly limit?: number;
}

/**
 * Divergence without a boundary: the mean of `[ m_push − dp_i ]₊` over images with another one of their class. Its gradient
 * is that of −mean dp, clipped at m_push; the constant only keeps it from falling below 0.
 * @param features `[B, D]`
 * @returns scalar, at least 0
 */
export function pushDivergence(
  features: tf.Tensor2D,
  pairs: ClassPairs,
  { limit = 1 }: PushDivergenceOptions = {},
): tf.Scalar {
  const { dp } = distances(features, pairs);
  return tf.sum(tf.mul(tf.relu(tf.sub(limit, dp)), pairs.mateWeights));
}

export interface DivergenceLossOptions extends BoundaryDivergenceOptions, PushDivergenceOptions {
  /** `boundary`, or one of the simpler ones. */
  readonly kind: 'boundary' | 'push' | 'triplet';
}

/** The loss of that kind; each takes the options that it has. Features `[B, D]` → scalar, at least 0. */
export function divergenceLoss(
  features: tf.Tensor2D,
  pairs: ClassPairs,
  { kind, ...options }: DivergenceLossOptions,
): tf.Scalar {
  switch (kind) {
    case 'boundary':
      return boundaryDivergence(features, pairs, options);
    case 'push':
      return pushDivergence(features, pairs, options);
    case 'triplet':
      return tripletDivergence(features, pairs, options);
  }
}

/** Each `[B]`, computed when it is read; at an image that lacks such a partner it means nothing. */
function distances(features: tf.Tensor2D, { same, other }: ClassPairs) {
  const u = unitRows(fullPrecision(features));
  const all = pairDistances(detach(u));
  return {
    get dp() {
      return distancesTo(u, nearest(all, same));
    },
    get df() {
      return distancesTo(u, farthest(all, same));
    },
    get dn() {
      return distancesTo(u, nearest(all, other));
    },
  };
}
