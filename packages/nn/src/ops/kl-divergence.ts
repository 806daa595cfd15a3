import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { rangeError, shapeError } from '../errors.js';
import { fused } from './fused.js';
import { logSoftmax } from './log-softmax.js';
import { sameShape } from './shapes.js';
import { softmax } from './softmax.js';

export interface KlDivergenceOptions {
  /** τ > 0; softens both distributions. Default 1. */
  readonly temperature?: number;
  /**
   * What the sum is divided by: `batchmean` by B, the mathematical mean (default); `numel` by B·K, which DeiT's
   * released code does and its results need.
   */
  readonly reduction?: 'batchmean' | 'numel';
}

/**
 * Distillation loss of Hinton et al. 2015: `τ²·KL(softmax(t/τ) ‖ softmax(s/τ))`. The teacher comes first in the
 * divergence. Both inputs get a gradient; detach the one that must not learn.
 * @param student logits `[B, K]`
 * @param teacher logits `[B, K]`
 * @returns scalar
 * @throws KdxError `KDX_SHAPE`, `KDX_RANGE`
 */
export function klDivergence(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature = 1, reduction = 'batchmean' }: KlDivergenceOptions = {},
): tf.Scalar {
  if (student.rank !== 2 || !sameShape(student.shape, teacher.shape)) {
    throw shapeError(
      'klDivergence',
      'student and teacher logits of one shape [B, K]',
      student.shape,
      teacher.shape,
    );
  }
  if (!(temperature > 0)) throw rangeError('The temperature of klDivergence', 'above 0', temperature);
  const divisor = reduction === 'numel' ? student.size : student.shape[0];
  const attributes = { temperature, divisor };

  return differentiate({
    inputs: { student: student as tf.Tensor, teacher: teacher as tf.Tensor },
    forward(save) {
      const [loss, logS, logT] = fused('KdxKlDivergence', { student, teacher }, attributes) ?? compose();
      save(logS, logT);
      return loss as tf.Scalar;
    },
    backward: (dy, [logS, logT]) => ({
      student: () => {
        const kernelInputs = { dy, studentLogProbabilities: logS, teacherLogProbabilities: logT };
        const gradient = fused('KdxKlDivergenceGrad', kernelInputs, attributes);
        if (gradient) return gradient[0];
        return tf.mul(tf.sub(tf.exp(logS), tf.exp(logT)), tf.mul(dy, temperature / divisor));
      },
      teacher: () => {
        const p = tf.exp(logT);
        const difference = tf.sub(logT, logS);
        const divergence = tf.sum(tf.mul(p, difference), -1, true);
        return tf.mul(tf.mul(p, tf.sub(difference, divergence)), tf.mul(dy, temperature / divisor));
      },
    }),
  });

  function compose(): [loss: tf.Tensor, logS: tf.Tensor, logT: tf.Tensor] {
    const logS = logSoftmax(tf.div(student, temperature));
    const softened = tf.div(teacher, temperature);
    const logT = logSoftmax(softened);
    const divergence = tf.sum(tf.mul(softmax(softened), tf.sub(logT, logS)));
    return [tf.mul(divergence, temperature ** 2 / divisor), logS, logT];
  }
}
