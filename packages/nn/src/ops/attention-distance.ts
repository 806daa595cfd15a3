import * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import { type PatchGrid, relativePositions } from './patch-grid.js';

export interface AttentionDistanceOptions {
  /** Patches of an image, `[height, width]`. */
  readonly grid: PatchGrid;
  /** Tokens before the patches, which are left out. Default 0. */
  readonly specialTokens?: number;
  /**
   * Whether a patch's weights on patches are made to sum to 1 first. Default false, the formula as it is: what a patch
   * gives to special tokens then counts as distance 0.
   */
  readonly renormalize?: boolean;
}

/**
 * How far each head looks: the mean over images and patches i of `Σ_j A[i, j]·|pos_j − pos_i|`, over patches j (spec of
 * DearKD §2.3).
 * @param weights attention weights A `[B, H, T, T]`, T = special tokens + patches
 * @returns `[H]`, in patches
 * @throws KdxError `KDX_SHAPE`
 */
export function attentionDistance(
  weights: tf.Tensor4D,
  { grid, specialTokens = 0, renormalize = false }: AttentionDistanceOptions,
): tf.Tensor1D {
  const [height, width] = grid;
  const P = height * width;
  const T = specialTokens + P;
  const [B, H] = weights.shape;
  if (weights.rank !== 4 || weights.shape[2] !== T || weights.shape[3] !== T) {
    throw shapeError('attentionDistance', `weights [B, H, ${T}, ${T}]`, weights.shape);
  }
  const between = relativePositions(grid)
    .subarray(0, P * P)
    .map(Math.sqrt);
  return tf.tidy(() => {
    const patches = tf.slice(weights, [0, 0, specialTokens, specialTokens], [B, H, P, P]);
    const rows = tf.sum(tf.mul(patches, tf.tensor2d(between, [P, P])), 3); // [B, H, P]
    return tf.mean(renormalize ? tf.div(rows, tf.sum(patches, 3)) : rows, [0, 2]) as tf.Tensor1D;
  });
}
