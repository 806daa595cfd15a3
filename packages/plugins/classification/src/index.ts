import { definePlugin } from '@kdx/core';
import { crossEntropy } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

/**
 * The base task: cross-entropy of the class head on the targets of the batch, which mixing and label smoothing have
 * already made soft. `@kdx/cli` brings it to every run; it is a term like any other.
 */
export const classification = definePlugin({
  name: 'classification',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: 'the base task: cross-entropy of the class head on mixed, smoothed targets',
  offers: ['task'],
  options: z.strictObject({}),
  setup(ctx) {
    ctx.addTerm({
      id: 'ce',
      group: 'task',
      reads: ['student.logits', 'targets'],
      formula: 'CE(z, ỹ)',
      compute: ({ read }) => crossEntropy(read<tf.Tensor2D>('student.logits'), read<tf.Tensor2D>('targets')),
    });
  },
});

export default classification;
