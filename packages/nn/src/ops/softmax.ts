import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { tape } from '../autodiff/tape.js';
import { fused } from './fused.js';

/** Softmax over the last axis. Any shape of rank ≥ 1. */
export function softmax(x: tf.Tensor): tf.Tensor {
  // TensorFlow.js links a saved output to the tape before the op itself, so a second derivative through it is lost;
  // in a nested gradient the input is saved and the output computed again.
  const again = tape.isNested();
  return differentiate({
    inputs: { x },
    anyOrder: true,
    forward(save) {
      const y = tf.softmax(x);
      save(again ? x : y);
      return y;
    },
    backward: (dy, [saved]) => ({
      x: () => softmaxGradient(dy, again ? softmax(saved) : saved),
    }),
  });
}

/** `dx = y∘(dy − Σ dy∘y)` from the softmax `y`. */
export function softmaxGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const gradient = fused('KdxSoftmaxGrad', { dy, y }, {});
  if (gradient) return gradient[0];
  const weighted = tf.mul(dy, y);
  return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y));
}
