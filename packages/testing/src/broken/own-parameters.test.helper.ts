import type { Parameter } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { broken, distil, kl } from './distilling.test.helper.js';

/** Hangs a parameter of its own on the student, which is then exported with it. */
export const ownParameters = broken('own-parameters', {
  setup(ctx) {
    const variable = tf.tidy(() => tf.variable(tf.scalar(1)));
    const scale: Parameter = { name: 'scale', variable, layout: 'same', decay: false };
    (ctx.student.parameters as Map<string, Parameter>).set('scale', scale);
    ctx.hook('close', () => variable.dispose());
    distil(ctx, (read) => tf.mul(kl(read), tf.square(variable)));
  },
});
