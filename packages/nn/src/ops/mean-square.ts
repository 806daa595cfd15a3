import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';

/**
 * Mean over all elements of `x²`.
 * @returns scalar
 */
export const meanSquare = (x: tf.Tensor): tf.Scalar =>
  differentiate({
    inputs: { x },
    forward(save) {
      save(x);
      return tf.mean(tf.square(x)) as tf.Scalar;
    },
    backward: (dy, [x]) => ({ x: () => tf.mul(x, tf.mul(dy, 2 / x.size)) }),
  });
