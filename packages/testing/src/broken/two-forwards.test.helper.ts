import { normalizeImages } from '@kdx/core/run';
import * as tf from '@tensorflow/tfjs';
import { broken, distil, kl } from './distilling.test.helper.js';

/** Runs the student a second time in compute. */
export const twoForwards = broken('two-forwards', {
  setup: (ctx) =>
    distil(
      ctx,
      (read) => {
        const images = normalizeImages(read('images') as unknown as tf.Tensor4D, ctx.student.spec);
        const { logits } = ctx.student.forward(images, { training: true });
        return tf.add(kl(read), tf.mul(0, tf.mean(logits)));
      },
      ['images'],
    ),
});
