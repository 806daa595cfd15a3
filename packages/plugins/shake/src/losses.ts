import { detach, hardCrossEntropy, klDivergence, meanSquaredError } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import type { Inherit } from './options.js';

/**
 * `KL_τ(learner ← target) = τ²·KL(σ(target/τ) ‖ σ(learner/τ))`, the mean over all but the class axis; the target is constant
 * (spec §2, symbols).
 * @param learner logits `[…, K]`, such as `[B, K]` of images or `[B, A, K]` of anchors
 * @param target logits of the same shape
 */
export const learnFrom = (learner: tf.Tensor, target: tf.Tensor, temperature: number): tf.Scalar =>
  klDivergence(rows(learner), rows(detach(target)), { temperature });

/**
 * The same for classes that do not exclude each other: `Σ_k p ln(p/q) + (1−p) ln((1−p)/(1−q))` with p = σ(target_k) and
 * q = σ(learner_k), here the mean over all elements (spec §2.6; golden S11).
 */
export function learnEachFrom(learner: tf.Tensor, target: tf.Tensor): tf.Scalar {
  const t = detach(target);
  const p = tf.sigmoid(t);
  const kept = tf.mul(p, tf.sub(tf.logSigmoid(t), tf.logSigmoid(learner)));
  const other = tf.mul(tf.sub(1, p), tf.sub(tf.logSigmoid(tf.neg(t)), tf.logSigmoid(tf.neg(learner))));
  return tf.mean(tf.add(kept, other));
}

/** The shadow's loss against the constant teacher. @returns scalar */
export function inheritLoss(
  kind: Inherit,
  shadow: tf.Tensor,
  teacher: tf.Tensor,
  temperature: number,
): tf.Scalar {
  switch (kind) {
    case 'mse':
      return meanSquaredError(shadow, detach(teacher));
    case 'kl':
      return learnFrom(shadow, teacher, temperature);
    case 'hard':
      return hardCrossEntropy(rows(shadow), tf.argMax(rows(teacher), 1));
  }
}

const rows = (logits: tf.Tensor): tf.Tensor2D =>
  tf.reshape(logits, [-1, logits.shape[logits.rank - 1] as number]);
