import { hardCrossEntropy, klDivergence } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * What the sum of KL over batch and classes is divided by. `numel` is B·K, as in the released code, which the published
 * numbers come from; `batchmean` is B, as in the paper's equation.
 */
export type SoftDivisor = 'numel' | 'batchmean';

/**
 * DeiT, equation 3: cross-entropy with the teacher's decision, CE(z_d, argmax_c z_t), without label smoothing.
 *
 * @param student logits z_d, `[B, K]`
 * @param teacher logits z_t, `[B, K]`
 */
export const hardDistillation = (student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Scalar =>
  hardCrossEntropy(student, tf.argMax(teacher, 1));

/**
 * DeiT, equation 2: τ² · KL(softmax(z_t/τ) ‖ softmax(z_d/τ)).
 *
 * @param student logits z_d, `[B, K]`
 * @param teacher logits z_t, `[B, K]`
 */
export const softDistillation = (
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature, divisor }: { readonly temperature: number; readonly divisor: SoftDivisor },
): tf.Scalar => klDivergence(student, teacher, { temperature, reduction: divisor });
