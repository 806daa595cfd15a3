import { meanSquaredError } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * How alike the images of a batch are to a model, by its features: `G = F·Fᵀ`, each row divided by its norm (Tung and
 * Mori, 2019, equations 1 and 2).
 *
 * @param features `[B, …]`, of any shape
 * @returns `[B, B]`
 */
export function similarities(features: tf.Tensor): tf.Tensor2D {
  const rows = tf.reshape(features, [features.shape[0], -1]); // [B, D]
  const gram = tf.matMul(rows, rows, false, true); // [B, B]
  // The root has no gradient at 0, where the features of an image are all zero.
  const norms = tf.sqrt(tf.add(tf.sum(tf.square(gram), 1, true), 1e-12)); // [B, 1]
  return tf.div(gram, norms);
}

/**
 * Similarity-preserving distillation: `‖G_S − G_T‖² / B²` (Tung and Mori, 2019, equation 3). Images that are alike to the
 * teacher shall be alike to the student; the two features need no common shape.
 *
 * @param student `[B, …]`
 * @param teacher `[B, …]`
 */
export const similarityLoss = (student: tf.Tensor, teacher: tf.Tensor): tf.Scalar =>
  meanSquaredError(similarities(student), similarities(teacher));
