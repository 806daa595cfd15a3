import { definePlugin, type Model } from '@kdx/core';
import { z } from 'zod';
import { similarityLoss } from './loss.js';

export { similarityLoss };

/** The weight is the paper's γ, 3000 as in RepDistiller. */
export const myMethodOptions = z.strictObject({
  student: z.string().optional().describe("path of the student's feature; without it the last one"),
  teacher: z.string().optional().describe("path of the teacher's feature; without it the last one"),
  weight: z.number().positive().default(3000).describe('γ, weight of the term'),
});

export type MyMethodOptions = z.input<typeof myMethodOptions>;

/** The last stage's output, as `ctx.tap` knows it; `kdx models MODEL` lists all taps. */
const lastFeature = ({ spec }: Model): string => `f${Math.max(0, spec.features.length - 1)}`;

/**
 * Similarity-preserving distillation (Tung and Mori, "Similarity-Preserving Knowledge Distillation", 2019):
 *
 *     L = CE(z, y) + γ · ‖G_S − G_T‖² / B²
 */
export const myMethod = definePlugin({
  name: 'my-method',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: 'images that are alike to the teacher shall be alike to the student',
  requires: ['teacher'],
  options: myMethodOptions,
  setup(ctx, { student, teacher, weight }) {
    const from = ctx.tap('student', student ?? lastFeature(ctx.student)); // [B, …]
    const to = ctx.tap('teacher', teacher ?? lastFeature(ctx.teacher)); // [B, …]
    ctx.addTerm({
      id: 'similarity',
      group: 'hint',
      weight,
      reads: [from, to],
      formula: '‖G_S − G_T‖²/B²',
      compute: ({ read }) => similarityLoss(read(from), read(to)),
    });
  },
});

export default myMethod;
