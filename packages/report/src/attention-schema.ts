import { z } from 'zod';
import type { AttentionResult } from './attention/result.js';

const distances = z.array(z.array(z.number()));

const block = z.object({
  mean: z.number(),
  std: z.number().nullable(),
  lowest: z.number(),
  highest: z.number(),
});

const model = z.object({
  model: z.string(),
  weights: z.string().nullable(),
  specialTokens: z.number(),
  distances,
});

const arm = z
  .object({ label: z.string(), blocks: z.array(block), runs: z.array(model) })
  // The heads of each block are drawn behind its mean, and told in its tooltip.
  .refine(({ blocks, runs }) => runs.every((run) => run.distances.length === blocks.length), {
    error: 'as many rows of distances as blocks',
    path: ['runs'],
  });

const pair = z.tuple([z.number(), z.number()]);

/** What `kdx attention --json` prints. */
export const ATTENTION: z.ZodType<AttentionResult> = z.object({
  data: z.string(),
  split: z.string(),
  images: z.number(),
  sample: z.object({ of: z.number(), kind: z.enum(['class-balanced', 'stratified']) }).optional(),
  grid: pair,
  patch: pair,
  renormalize: z.boolean(),
  even: z.number(),
  arms: z.array(arm),
});
