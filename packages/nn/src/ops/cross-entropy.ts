import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { fused } from './fused.js';
import { logSoftmax } from './log-softmax.js';
import { sameShape } from './shapes.js';

/**
 * Cross-entropy against class probabilities, mean over the batch: `−1/B Σ_b Σ_c t_bc·log softmax(z_b)_c`.
 * @param logits `[B, K]`
 * @param targets `[B, K]`, rows that sum to 1; mixed and smoothed labels are welcome
 * @returns scalar
 * @throws KdxError `KDX_SHAPE`
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  const [B] = logits.shape;
  if (logits.rank !== 2 || !sameShape(logits.shape, targets.shape)) {
    throw shapeError('crossEntropy', 'logits and targets of one shape [B, K]', logits.shape, targets.shape);
  }
  return differentiate({
    inputs: { logits: logits as tf.Tensor, targets: targets as tf.Tensor },
    forward(save) {
      const [loss, logProbabilities] = fused('KdxCrossEntropy', { logits, targets }, {}) ?? compose();
      save(logProbabilities, targets);
      return loss as tf.Scalar;
    },
    backward: (dy, [logProbabilities, targets]) => ({
      logits: () => {
        const gradient = fused('KdxCrossEntropyGrad', { dy, logProbabilities, targets }, {});
        if (gradient) return gradient[0];
        const expected = tf.mul(tf.exp(logProbabilities), tf.sum(targets, -1, true));
        return tf.mul(tf.sub(expected, targets), tf.div(dy, B));
      },
      targets: () => tf.mul(logProbabilities, tf.div(dy, -B)),
    }),
  });

  function compose(): [loss: tf.Tensor, logProbabilities: tf.Tensor] {
    const logProbabilities = logSoftmax(logits);
    return [tf.div(tf.sum(tf.mul(targets, logProbabilities)), -B), logProbabilities];
  }
}

/**
 * Cross-entropy against class labels, mean over the batch, without label smoothing.
 * @param logits `[B, K]`
 * @param labels int32 `[B]`, each in [0, K)
 * @returns scalar
 * @throws KdxError `KDX_SHAPE`
 */
export function hardCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  if (labels.rank !== 1 || labels.shape[0] !== logits.shape[0]) {
    throw shapeError('hardCrossEntropy', 'logits [B, K] and labels [B]', logits.shape, labels.shape);
  }
  const targets = tf.cast(tf.oneHot(tf.cast(labels, 'int32'), logits.shape[1]), 'float32');
  return crossEntropy(logits, targets as tf.Tensor2D);
}
