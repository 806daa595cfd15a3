import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { tape } from '../autodiff/tape.js';
import { fused } from './fused.js';
import { softmax } from './softmax.js';

/** Logarithm of the softmax over the last axis, without overflow. Any shape of rank ≥ 1. */
export function logSoftmax(x: tf.Tensor): tf.Tensor {
  // As in softmax.ts: a second derivative needs the saved input.
  const again = tape.isNested();
  return differentiate({
    inputs: { x },
    anyOrder: true,
    forward(save) {
      const y = fused('KdxLogSoftmax', { x }, {})?.[0] ?? tf.logSoftmax(x);
      save(again ? x : y);
      return y;
    },
    backward: (dy, [saved]) => ({
      x: () => {
        const gradient = again ? undefined : fused('KdxLogSoftmaxGrad', { dy, y: saved }, {});
        if (gradient) return gradient[0];
        const probabilities = again ? softmax(saved) : tf.exp(saved);
        return tf.sub(dy, tf.mul(tf.sum(dy, -1, true), probabilities));
      },
    }),
  });
}
