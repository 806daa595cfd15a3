import { softmax } from '@kdx/nn';
import { fullPrecision } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

export interface AdiOptions {
  /** Divides the logits. Default 3. */
  readonly temperature?: number;
  /**
   * `code`: ½ KL(M ‖ P) + ½ KL(M ‖ Q), as the released code has it; `paper`: the Jensen–Shannon divergence
   * ½ KL(P ‖ M) + ½ KL(Q ‖ M). Default `code`.
   */
  readonly form?: 'code' | 'paper';
}

/**
 * R_ADI, DeepInversion's loss for images on which a student disagrees with the inverted network (Yin et al. 2020; spec §3.2):
 * `1 − clamp(JS(P, Q), 0, 1)`, P and Q the softmax of both at the temperature, M their mean; all three are clamped to
 * [0.01, 0.99] once M is formed. Both learn, that is, the images do through both.
 * @param student `[B, K]`, logits of a network that is being trained, or of another one
 * @param teacher `[B, K]`, logits of the inverted network
 * @returns scalar in [0, 1], the divergence a mean over the batch
 */
export function adiLoss(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature = 3, form = 'code' }: AdiOptions = {},
): tf.Scalar {
  const [p, q] = [student, teacher].map((logits) => softmax(tf.div(fullPrecision(logits), temperature)));
  const [P, Q, M] = [p, q, tf.mul(tf.add(p, q), 0.5)].map((x) => tf.clipByValue(x, 0.01, 0.99));
  const divergence = form === 'code' ? tf.add(kl(M, P), kl(M, Q)) : tf.add(kl(P, M), kl(Q, M));
  return tf.sub(1, tf.clipByValue(tf.mul(divergence, 0.5), 0, 1)) as tf.Scalar;
}

/** KL(a ‖ b), mean over the batch of `[B, K]` probabilities. */
const kl = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.mean(tf.sum(tf.mul(a, tf.sub(tf.log(a), tf.log(b))), 1));
