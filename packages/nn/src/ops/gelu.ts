import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { fused } from './fused.js';

/** Φ, the standard normal distribution function. */
const normalCdf = (x: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** Exact GELU (Hendrycks & Gimpel 2016), `x·Φ(x)`, not its tanh approximation. Any shape. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return differentiate({
    inputs: { x },
    forward(save) {
      save(x);
      return fused('KdxGelu', { x }, {})?.[0] ?? tf.mul(x, normalCdf(x));
    },
    backward: (dy, [x]) => ({
      x: () => {
        const gradient = fused('KdxGeluGrad', { dy, x }, {});
        if (gradient) return gradient[0];
        const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(normalCdf(x), tf.mul(x, density)));
      },
    }),
  });
}
