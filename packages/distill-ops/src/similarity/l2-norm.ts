import { differentiate } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/** Far below any norm that float32 pixels or statistics have, and its inverse is still a number. */
const TINY = 1e-30;

/**
 * Euclidean norm, not squared, over `axes`. Its gradient `x/‖x‖` is 0 where the norm is 0.
 * @param x any shape
 * @param axes default all
 * @returns x's shape without `axes`
 */
export function l2Norm(x: tf.Tensor, axes: number[] = x.shape.map((_, axis) => axis)): tf.Tensor {
  const rest = x.shape.filter((_, axis) => !axes.includes(axis));
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return differentiate({
    inputs: { x },
    forward(save): tf.Tensor {
      const y = tf.reshape(tf.sqrt(tf.sum(tf.square(x), axes)), rest);
      save(x, y);
      return y;
    },
    backward: (dy, [x, y]) => ({
      x: () => tf.mul(x, tf.reshape(tf.div(dy, tf.maximum(y, TINY)), kept)),
    }),
  });
}
