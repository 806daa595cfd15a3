import * as tf from '@tensorflow/tfjs';
import { broken, distil } from './distilling.test.helper.js';

/** Changes the teacher when training ends; sooner, a resumed run would feel it too. */
export const movesTeacher = broken('moves-teacher', {
  setup(ctx) {
    distil(ctx);
    const bias = ctx.param('teacher', 'head.bias').variable;
    ctx.hook('fitEnd', () => tf.tidy(() => bias.assign(tf.add(bias, 0.01))));
  },
});
