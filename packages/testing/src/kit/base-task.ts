import { definePlugin } from '@kdx/core';
import { crossEntropy } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

/** Cross-entropy of the class head, the term `base/ce`: a task for methods that bring none. */
export const baseTask = definePlugin({
  name: 'base',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: 'cross-entropy',
  offers: ['task'],
  options: z.strictObject({}),
  setup: (ctx) =>
    ctx.addTerm({
      id: 'ce',
      group: 'task',
      reads: ['student.logits', 'targets'],
      formula: 'CE(z, ỹ)',
      compute: ({ read }) => crossEntropy(read<tf.Tensor2D>('student.logits'), read<tf.Tensor2D>('targets')),
    }),
});
