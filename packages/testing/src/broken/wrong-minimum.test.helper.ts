import { klDivergence } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { broken, distil } from './distilling.test.helper.js';

/** Softens the teacher alone, so that a student that agrees with it is pulled off. */
export const wrongMinimum = broken('wrong-minimum', {
  setup: (ctx) =>
    distil(ctx, (read) => klDivergence(read('student.logits'), tf.div(read('teacher.logits'), 2))),
});
