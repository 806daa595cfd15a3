import { detach, meanSquaredError } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';
import { broken, distil } from './distilling.test.helper.js';

/** Claims to train a student that it detaches, and trains a helper instead. */
export const wrongTrains = broken('wrong-trains', {
  setup(ctx) {
    distil(ctx);
    const { classes } = ctx.student.spec;
    const scaled = ctx.addModule('scaled', {
      inputs: ['student.logits'],
      build: (scope) => {
        const scale = scope.parameter('scale', [classes], () => new Float32Array(classes).fill(0.5));
        return ([logits]) => detach(logits).mul(scale);
      },
    });
    ctx.addTerm({
      id: 'shadow',
      group: 'aux',
      reads: [scaled, 'teacher.logits'],
      compute: ({ read }) => meanSquaredError(read(scaled), read<tf.Tensor>('teacher.logits')),
    });
  },
});
