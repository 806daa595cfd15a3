import { definePlugin } from '@kdx/core';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { logitsLoss } from './logits-loss.js';

/** Defaults are those of the CIFAR-100 distillation benchmark (RepDistiller): 0.1 · CE + 0.9 · KL, τ = 4. */
export const kdOptions = z.strictObject({
  temperature: z.number().positive().default(4).describe('τ, softens both distributions'),
  alpha: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe('weight of the teacher; the ground truth has 1 − alpha'),
});

export type KdOptions = z.input<typeof kdOptions>;

/**
 * Knowledge distillation (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015):
 *
 *     L = (1 − α) · CE(s, y) + α · τ² · KL(softmax(t/τ) ‖ softmax(s/τ))
 *
 * Several teachers count equally.
 */
export const kd = definePlugin({
  name: 'kd',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: "Hinton's distillation: the class head learns the teacher's softened distribution",
  requires: ['teacher'],
  options: kdOptions,
  setup(ctx, { temperature, alpha }) {
    ctx.balance({ task: 1 - alpha, distill: alpha });
    ctx.teachers.forEach((_, index) => {
      const suffix = index === 0 ? '' : String(index + 1);
      const teacher = `teacher${suffix}.logits`;
      ctx.addTerm({
        id: `logits${suffix}`,
        group: 'distill',
        weight: 1 / ctx.teachers.length,
        reads: ['student.logits', teacher],
        formula: `τ²·KL(t${suffix} ‖ s), τ=${temperature}`,
        compute: ({ read }) =>
          logitsLoss(read<tf.Tensor2D>('student.logits'), read<tf.Tensor2D>(teacher), temperature),
      });
    });
  },
});
