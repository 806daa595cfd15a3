import * as tf from '@tensorflow/tfjs';
import { broken, distil, kl } from './distilling.test.helper.js';

/** Weighs its loss by what it counted, and does not save the count. */
export const forgets = broken('forgets', {
  setup(ctx) {
    let seen = 0;
    ctx.hook('stepEnd', () => {
      seen++;
    });
    distil(ctx, (read) => tf.mul(kl(read), 1 / (1 + seen)));
  },
});
