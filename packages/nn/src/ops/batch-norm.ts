import * as tf from '@tensorflow/tfjs';
import { differentiate, together } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { detach } from './detach.js';
import { fused } from './fused.js';
import { sumRows, toMatrix } from './shapes.js';

export interface BatchNormResult {
  /** Shape of x. */
  readonly y: tf.Tensor;
  /** `[C]`, without a gradient. */
  readonly mean: tf.Tensor1D;
  /** Population variance (divided by n) `[C]`, without a gradient. */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation with the batch's own statistics (Ioffe & Szegedy 2015).
 * @param x `[B, H, W, C]` or `[B, C]`; statistics are over all axes but the last
 * @param gamma `[C]`
 * @param beta `[C]`
 * @param epsilon default 1e-5, as in PyTorch
 * @throws KdxError `KDX_SHAPE`
 */
export function batchNormTraining(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon = 1e-5,
): BatchNormResult {
  checkChannels('batchNormTraining', x, gamma, beta);
  const { shape } = x;
  const [y, mean, variance] = differentiate({
    inputs: { x, gamma: gamma as tf.Tensor, beta: beta as tf.Tensor },
    forward(save): tf.Tensor[] {
      const outputs = fused('KdxBatchNorm', { x, gamma, beta }, { epsilon }) ?? normalise();
      save(x, gamma, outputs[1], outputs[2]);
      return outputs;
    },
    backward: ([dy], [x, gamma, mean, variance]) =>
      together(() => {
        const gradients = fused('KdxBatchNormGrad', { dy, x, gamma, mean, variance }, { epsilon });
        if (gradients) return { x: gradients[0], gamma: gradients[1], beta: gradients[2] };
        const inverseStd = tf.rsqrt(tf.add(variance, epsilon));
        const z = tf.mul(tf.sub(toMatrix(x), mean), inverseStd);
        const rows = toMatrix(dy);
        const dbeta = tf.sum(rows, 0);
        const dgamma = tf.sum(tf.mul(rows, z), 0);
        const n = rows.shape[0];
        // As in layer norm: the parts of dy along 1 and along z, taken out again by the normalisation.
        const passed = tf.sub(rows, tf.add(tf.div(dbeta, n), tf.mul(z, tf.div(dgamma, n))));
        return {
          x: tf.reshape(tf.mul(passed, tf.mul(gamma, inverseStd)), shape),
          gamma: dgamma,
          beta: dbeta,
        };
      }),
  });
  return { y, mean: detach(mean) as tf.Tensor1D, variance: detach(variance) as tf.Tensor1D };

  function normalise(): [y: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor] {
    const rows = toMatrix(x);
    const mean = tf.mean(rows, 0);
    const centred = tf.sub(rows, mean);
    const variance = tf.mean(tf.square(centred), 0);
    const slope = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
    return [tf.reshape(tf.add(tf.mul(centred, slope), beta), shape), mean, variance];
  }
}

/**
 * Batch normalisation with given statistics. They are constants; x, gamma and beta get gradients.
 * @param x `[B, H, W, C]` or `[B, C]`
 * @param gamma `[C]`, as are beta, mean and variance
 * @throws KdxError `KDX_SHAPE`
 */
export function batchNormInference(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon = 1e-5,
): tf.Tensor {
  checkChannels('batchNormInference', x, gamma, beta, mean, variance);
  return differentiate({
    inputs: { x, gamma: gamma as tf.Tensor, beta: beta as tf.Tensor },
    forward(save) {
      save(x, gamma, mean, variance);
      return tf.batchNorm(x, mean, variance, beta, gamma, epsilon);
    },
    reads: { x: [1, 3], gamma: [0, 2, 3], beta: [] },
    backward: (dy, [x, gamma, mean, variance]) => {
      const inverseStd = () => tf.rsqrt(tf.add(variance, epsilon));
      return {
        x: () => tf.mul(dy, tf.mul(gamma, inverseStd())),
        gamma: () => sumRows(tf.mul(dy, tf.mul(tf.sub(x, mean), inverseStd()))),
        beta: () => sumRows(dy),
      };
    },
  });
}

function checkChannels(op: string, x: tf.Tensor, ...vectors: tf.Tensor[]): void {
  const C = x.shape[x.rank - 1];
  const wrong = vectors.find((vector) => vector.rank !== 1 || vector.size !== C);
  if (x.rank < 2 || wrong)
    throw shapeError(op, 'x [..., C] and vectors [C]', x.shape, ...(wrong ? [wrong.shape] : []));
}
