import { klDivergence } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';

/**
 * Hinton's soft-target loss: τ² · KL(softmax(t/τ) ‖ softmax(s/τ)), summed over classes, averaged over the batch.
 * The factor τ² keeps the size of its gradient independent of τ (Hinton et al., 2015, section 2.1).
 *
 * @param student logits s, `[B, K]`
 * @param teacher logits t, `[B, K]`
 * @param temperature τ > 0
 */
export const logitsLoss = (student: tf.Tensor2D, teacher: tf.Tensor2D, temperature: number): tf.Scalar =>
  klDivergence(student, teacher, { temperature, reduction: 'batchmean' });
