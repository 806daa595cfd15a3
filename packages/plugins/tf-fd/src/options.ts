import { type Length, lengthSchema, scheduleSchema } from '@kdx/core';
import { z } from 'zod';

/** Salience scores S(φ)_c, spec §1.3. */
export const SCORES = ['code', 'lp', 'mean', 'bn', 'entropy', 'hrank'] as const;
export type ScoreName = (typeof SCORES)[number];

const PRESETS = {
  /** The released code. */
  code: { score: 'code', stopGradient: false, pairs: 'all', warmup: undefined, decay: null, dagger: false },
  /** The wording of the paper: salience by the l₂ norm, salient features as constant targets. */
  paper: { score: 'lp', stopGradient: true, pairs: 'all', warmup: undefined, decay: null, dagger: false },
  /** ImageNet: neighbouring layers, 20 epochs of warm-up, early decay. */
  imagenet: {
    score: 'code',
    stopGradient: false,
    pairs: 'neighbours',
    warmup: 20,
    decay: { factor: 0.9, every: 30 },
    dagger: false,
  },
  /** Tf-FD†: the released code with a teacher. */
  dagger: { score: 'code', stopGradient: false, pairs: 'all', warmup: undefined, decay: null, dagger: true },
} as const;

export const tfFdOptions = z
  .strictObject({
    preset: z
      .enum(['code', 'paper', 'imagenet', 'dagger'])
      .default('code')
      .describe(
        'source of the defaults below: released code, wording of the paper, ImageNet, with a teacher',
      ),
    intra: z
      .number()
      .min(0)
      .default(0.0004)
      .describe('λ_intra, weight of salient channels teaching redundant ones'),
    inter: z
      .number()
      .min(0)
      .default(0.005)
      .describe('λ_inter, weight of deeper layers teaching shallower ones'),
    score: z.enum(SCORES).optional().describe('salience of a channel; default by preset'),
    p: z.number().positive().default(2).describe('p of the score lp'),
    stopGradient: z
      .boolean()
      .optional()
      .describe(
        'salient channels are constant targets; default by preset: false in the code, true in the paper',
      ),
    pairs: z
      .enum(['all', 'neighbours'])
      .optional()
      .describe('pairs of layers of the inter-layer loss; default by preset'),
    layers: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("taps, shallow first; default all stages' outputs (f1, f2, …)"),
    warmup: lengthSchema
      .optional()
      .describe('epochs until full weight; default by preset, otherwise a twelfth of the run'),
    decay: z
      .strictObject({ factor: z.number().positive().max(1), every: z.int().min(1) })
      .nullable()
      .optional()
      .describe('early decay: times factor every so many epochs; default by preset'),
    schedule: scheduleSchema
      .optional()
      .describe(
        'w over epochs instead of warmup and decay, falling from 1: a learning-rate schedule such as {"type":"linear"}',
      ),
    dagger: z.boolean().optional().describe('Tf-FD†: adds τ²·KL(t ‖ s) of a teacher; default by preset'),
    temperature: z.number().positive().optional().describe('τ of Tf-FD†; default 4'),
    kd: z.number().positive().optional().describe('λ_kd, weight of the teacher in Tf-FD†; default 1'),
    refresh: z
      .int()
      .min(1)
      .optional()
      .describe('steps between rankings; default 1, and 50 for entropy and hrank, which run on the host'),
    bins: z.int().min(2).default(10).describe('bins of the score entropy'),
    images: z.int().min(1).default(8).describe('images of a batch whose maps the score hrank reads'),
  })
  .transform(({ preset, ...given }, ctx) => {
    const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const chosen = { ...PRESETS[preset], ...set } as Settled & typeof given;
    if (given.schedule !== undefined) {
      for (const key of ['warmup', 'decay'] as const) {
        if (given[key] === undefined) continue;
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: 'is part of w, which schedule gives; leave one of them out',
        });
      }
    }
    if (!chosen.dagger) {
      for (const key of ['temperature', 'kd'] as const) {
        if (given[key] === undefined) continue;
        ctx.addIssue({ code: 'custom', path: [key], message: 'is an option of Tf-FD†; add "dagger": true' });
      }
      if (chosen.intra === 0 && chosen.inter === 0) {
        ctx.addIssue({
          code: 'custom',
          path: ['inter'],
          message: 'and intra are 0, so there is nothing to learn from',
        });
      }
    }
    const onHost = chosen.score === 'entropy' || chosen.score === 'hrank';
    return { ...chosen, refresh: given.refresh ?? (onHost ? 50 : 1) };
  });

interface Settled {
  readonly warmup: Length | undefined;
  readonly score: ScoreName;
  readonly stopGradient: boolean;
  readonly pairs: 'all' | 'neighbours';
  readonly decay: { readonly factor: number; readonly every: number } | null;
  readonly dagger: boolean;
}

export type TfFdOptions = z.input<typeof tfFdOptions>;
export type TfFdSettings = z.output<typeof tfFdOptions>;
