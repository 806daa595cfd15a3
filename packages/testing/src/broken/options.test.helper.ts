import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { broken, distil, kl } from './distilling.test.helper.js';

/** A percentage that becomes a fraction, and a smaller one each time the options are given again. */
export const drifting = broken('drifting', {
  options: z
    .strictObject({ percent: z.number().default(50).describe('weight of the teacher') })
    .transform(({ percent }) => ({ percent: percent / 100 })),
  setup: (ctx, { percent }) => distil(ctx, (read) => tf.mul(kl(read), percent)),
});

/** Takes any option. */
export const takesAll = broken('takes-all', { options: z.object({}), setup: (ctx) => distil(ctx) });

/** Does not say what its option is for. */
export const undescribed = broken('undescribed', {
  options: z.strictObject({ temperature: z.number().default(4) }),
  setup: (ctx) => distil(ctx),
});
