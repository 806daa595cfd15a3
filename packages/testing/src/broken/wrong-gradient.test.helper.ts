import type { Clock } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { broken, kl } from './distilling.test.helper.js';

/** Halves a gradient that passes, and leaves the value as it is. */
const halved = tf.customGrad((x) => ({
  value: tf.clone(x as tf.Tensor),
  gradFunc: (dy) => tf.mul(dy as tf.Tensor, 0.5),
}));

/** A backward of its own, with a wrong factor in some epochs. */
const wrongWhere = (name: string, wrong: (clock: Clock) => boolean) =>
  broken(name, {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'logits',
        group: 'distill',
        reads: ['student.logits', 'teacher.logits'],
        compute: ({ read, clock }) => {
          const loss = kl((ref) => read<tf.Tensor2D>(ref));
          return wrong(clock) ? (halved(loss) as tf.Scalar) : loss;
        },
      }),
  });

export const wrongGradient = wrongWhere('wrong-gradient', () => true);

/** Right in the first epoch. */
export const wrongLater = wrongWhere('wrong-later', ({ epoch }) => epoch > 0);

/** Right in the first and the last epoch. */
export const wrongBetween = wrongWhere(
  'wrong-between',
  ({ epoch, epochs }) => epoch > 0 && epoch < epochs - 1,
);
