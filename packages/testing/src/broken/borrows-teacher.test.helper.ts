import * as tf from '@tensorflow/tfjs';
import { broken, distil } from './distilling.test.helper.js';

/** Changes the teacher in each step and puts it back at the step's end. */
export const borrowsTeacher = broken('borrows-teacher', {
  setup(ctx) {
    distil(ctx);
    const weight = ctx.param('teacher', 'head.weight').variable;
    const own = tf.keep(weight.clone());
    ctx.hook('stepStart', () => tf.tidy(() => weight.assign(tf.mul(own, 1.5))));
    ctx.hook('stepEnd', () => weight.assign(own));
    ctx.hook('close', () => own.dispose());
  },
});
