import * as tf from '@tensorflow/tfjs';
import { broken, distil } from './distilling.test.helper.js';

/** Means over the pairs of a batch, of which one image has none. */
export const pairwise = broken('pairwise', {
  setup(ctx) {
    distil(ctx, (read) => {
      const [student, teacher] = [read('student.logits'), read('teacher.logits')];
      const images = student.shape[0];
      const alike = (logits: tf.Tensor2D) => tf.div(tf.matMul(logits, logits, false, true), images - 1);
      return tf.mean(tf.squaredDifference(alike(student), alike(teacher))) as tf.Scalar;
    });
  },
});
