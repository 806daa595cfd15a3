import { definePlugin } from '@kdx/core';
import { type KdxError } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { kdxError } from './errors.js';
import { hardDistillation, softDistillation } from './losses.js';

export const deitOptions = z
  .strictObject({
    type: z
      .enum(['hard', 'soft'])
      .default('hard')
      .describe("learn the teacher's decision, or its distribution"),
    classical: z
      .boolean()
      .default(false)
      .describe('no distillation token: the class head learns from the teacher; any student'),
    alpha: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('weight of the teacher; default 0.5 hard (paper, eq. 3), 0.1 soft (paper, sec. 6)'),
    temperature: z.number().positive().default(3).describe('τ of soft distillation (paper, sec. 6)'),
    divisor: z
      .enum(['numel', 'batchmean'])
      .default('numel')
      .describe('divide the soft loss by B·K (released code) or by B (paper)'),
    fusion: z
      .enum(['mean', 'sum-softmax'])
      .default('mean')
      .describe('fuse the heads by mean of logits (released code) or sum of softmax (paper, sec. 4)'),
  })
  .transform((options) => ({ ...options, alpha: options.alpha ?? (options.type === 'hard' ? 0.5 : 0.1) }));

export type DeitOptions = z.input<typeof deitOptions>;

/**
 * Distillation through a token (Touvron et al., "Training data-efficient image transformers & distillation through
 * attention", ICML 2021). A second token with a head of its own learns from the teacher, the class token from the ground
 * truth:
 *
 *     L = (1 − a) · CE(z_c, ỹ) + a · L_kd(z_d, z_t)
 *
 * with L_kd = CE(z_d, argmax z_t) (hard, eq. 3) or τ² · KL(z_t ‖ z_d) (soft, eq. 2). The teacher sees the same augmented,
 * mixed images. At evaluation the heads are fused.
 */
export const deit = definePlugin({
  name: 'deit',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: 'DeiT: a distillation token learns from the teacher, hard or soft',
  requires: ['teacher'],
  options: deitOptions,
  configure(ctx, { classical }) {
    if (classical) return;
    if (!ctx.student.supports.includes('distillation-token')) throw noPlaceForToken(ctx.student.name);
    ctx.adaptStudent('distillation-token', true);
  },
  setup(ctx, { type, classical, alpha, temperature, divisor, fusion }) {
    ctx.balance({ task: 1 - alpha, distill: alpha });
    ctx.headRule(classical ? 'class' : fusion);
    const head = classical ? 'student.logits' : 'student.heads.distillation';
    const z = classical ? 'z_c' : 'z_d';
    ctx.addTerm({
      id: 'kd',
      group: 'distill',
      reads: [head, 'teacher.logits'],
      formula:
        type === 'hard'
          ? `CE(${z}, argmax t)`
          : `τ²·KL(t ‖ ${z}), τ=${temperature}, ÷ ${divisor === 'numel' ? 'B·K' : 'B'}`,
      compute: ({ read }) => {
        const student = read<tf.Tensor2D>(head);
        const teacher = read<tf.Tensor2D>('teacher.logits');
        return type === 'hard'
          ? hardDistillation(student, teacher)
          : softDistillation(student, teacher, { temperature, divisor });
      },
    });
  },
});

const noPlaceForToken = (student: string): KdxError =>
  kdxError(
    'KDX_ADAPT_UNSUPPORTED',
    `"${student}" has no place for a distillation token; let its class head learn from the teacher with --plugins 'deit:{"classical":true}', or choose a ViT such as "deit_tiny_patch16_224".`,
  );
