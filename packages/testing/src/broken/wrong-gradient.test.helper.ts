import * as tf from '@tensorflow/tfjs';
import { broken, distil, kl } from './distilling.test.helper.js';

/** Halves a gradient that passes, and leaves the value as it is. */
const halved = tf.customGrad((x) => ({
  value: tf.clone(x as tf.Tensor),
  gradFunc: (dy) => tf.mul(dy as tf.Tensor, 0.5),
}));

/** Has a backward of its own with a wrong factor. */
export const wrongGradient = broken('wrong-gradient', {
  setup: (ctx) => distil(ctx, (read) => halved(kl(read)) as tf.Scalar),
});
