import * as tf from '@tensorflow/tfjs';
import { broken, distil, kl } from './distilling.test.helper.js';

/** Takes every batch to be as large as the first. */
export const fixedBatch = broken('fixed-batch', {
  setup(ctx) {
    let images: number | undefined;
    distil(ctx, (read) =>
      kl((ref) => {
        const logits = read(ref);
        images ??= logits.shape[0];
        return tf.reshape(logits, [images, -1]);
      }),
    );
  },
});
