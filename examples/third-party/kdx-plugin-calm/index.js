// A published plugin is one ESM file with a plugin as its default export. It is given by name: --plugins calm.
import { definePlugin } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

export default definePlugin({
  name: 'calm',
  version: '1.0.0',
  kdx: '^1.0.0', // the plugin API it was written for
  summary: 'keeps logits small',
  options: z.strictObject({
    weight: z.number().min(0).default(0.1).describe('weight of the term'),
  }),
  setup(ctx, { weight }) {
    ctx.addTerm({
      id: 'size',
      group: 'aux', // no balance of another method touches it
      weight,
      reads: ['student.logits'],
      formula: 'mean(s²)',
      compute: ({ read }) => tf.mean(tf.square(read('student.logits'))),
    });
  },
});
