import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { broken, distil, kl } from './distilling.test.helper.js';

let made = 0;
let otherMade = -1;
const number = new WeakMap<object, number>();

/** Looks whether the plugin beside it was made before it. */
export const looksAround = broken('looks-around', {
  options: z.strictObject({}).transform((options) => {
    const own = { ...options };
    number.set(own, made++);
    return own;
  }),
  setup(ctx, options) {
    const first = otherMade < (number.get(options) as number);
    distil(ctx, (read) => tf.mul(kl(read), first ? 1 : 2));
  },
});

/** Says when it was made. */
export const beside = broken('beside', {
  options: z.strictObject({}).transform((options) => {
    otherMade = made++;
    return options;
  }),
  setup: () => {},
});
