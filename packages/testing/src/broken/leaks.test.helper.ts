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

/** Keeps a tensor of each checkpoint. */
export const leaksInSave = broken('leaks-in-save', {
  setup(ctx) {
    distil(ctx);
    ctx.hook('save', (state) => {
      state.half = tf.keep(tf.scalar(0.5)).dataSync()[0];
    });
  },
});

/** Makes a tensor anew from a checkpoint and forgets the one that it had. */
export const leaksInLoad = broken('leaks-in-load', {
  setup(ctx) {
    let half = tf.keep(tf.scalar(0.5));
    distil(ctx, (read) => tf.mul(kl(read), half));
    ctx.hook('save', (state) => {
      state.half = half.dataSync()[0];
    });
    ctx.hook('load', (state) => {
      half = tf.keep(tf.scalar(Number(state.half)));
    });
    ctx.hook('close', () => half.dispose());
  },
});
