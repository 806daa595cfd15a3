import * as tf from '@tensorflow/tfjs';
import { broken, distil, kl } from './distilling.test.helper.js';

/** Keeps a tensor of each step. */
export const leaks = broken('leaks', {
  setup: (ctx) => distil(ctx, (read) => tf.keep(kl(read))),
});

/** Makes a tensor with the run and forgets it when the run is closed. */
export const leaksOnce = broken('leaks-once', {
  setup(ctx) {
    const half = tf.keep(tf.scalar(0.5));
    distil(ctx, (read) => tf.mul(kl(read), half));
  },
});
