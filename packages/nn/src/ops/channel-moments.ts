import { fullPrecision } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { fused } from './fused.js';
import { toMatrix } from './shapes.js';

export interface ChannelMoments {
  /** `[C]` */
  readonly mean: tf.Tensor1D;
  /** Population variance (divided by n) `[C]`. */
  readonly variance: tf.Tensor1D;
}

/**
 * Mean and population variance of each channel over all axes but the last; both pass gradients. Computed in float32,
 * whatever a back end stores x in. With n values per channel
 *
 *     dx = x·a + b        a = 2/n · dvariance        b = 1/n · dmean − a·mean
 *
 * @param x `[..., C]` of rank 2 or more
 * @throws KdxError `KDX_SHAPE`
 */
export function channelMoments(x: tf.Tensor): ChannelMoments {
  if (x.rank < 2 || x.size === 0)
    throw shapeError('channelMoments', 'x [..., C] with a value or more', x.shape);
  const { shape } = x;
  const n = x.size / shape[shape.length - 1];
  const [mean, variance] = differentiate({
    inputs: { x },
    forward(save): tf.Tensor[] {
      const moments = fused('KdxChannelMoments', { x }, {}) ?? compute();
      save(x, moments[0]);
      return moments;
    },
    backward: ([dmean, dvariance], [x, mean]) => ({
      x() {
        const kernel = fused('KdxChannelMomentsGrad', { dmean, dvariance, x, mean }, {});
        if (kernel) return kernel[0];
        const a = tf.mul(dvariance, 2 / n);
        const b = tf.sub(tf.div(dmean, n), tf.mul(a, mean));
        return tf.reshape(tf.add(tf.mul(toMatrix(fullPrecision(x)), a), b), shape);
      },
    }),
  });
  return { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };

  function compute(): [mean: tf.Tensor, variance: tf.Tensor] {
    const rows = toMatrix(fullPrecision(x));
    const mean = tf.mean(rows, 0);
    return [mean, tf.mean(tf.square(tf.sub(rows, mean)), 0)];
  }
}
