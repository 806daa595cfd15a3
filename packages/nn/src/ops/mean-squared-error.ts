import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { sameShape } from './shapes.js';

/**
 * Mean over all elements of `(a − b)²`. Both inputs get a gradient.
 * @returns scalar
 * @throws KdxError `KDX_SHAPE` when the shapes differ; nothing is broadcast
 */
export function meanSquaredError(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  if (!sameShape(a.shape, b.shape))
    throw shapeError('meanSquaredError', 'two equal shapes', a.shape, b.shape);
  const slope = 2 / a.size;
  return differentiate({
    inputs: { a, b },
    forward(save) {
      save(a, b);
      return tf.mean(tf.squaredDifference(a, b)) as tf.Scalar;
    },
    backward: (dy, [a, b]) => ({
      a: () => tf.mul(tf.sub(a, b), tf.mul(dy, slope)),
      b: () => tf.mul(tf.sub(b, a), tf.mul(dy, slope)),
    }),
  });
}
