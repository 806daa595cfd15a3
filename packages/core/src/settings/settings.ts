import { z } from 'zod';
import { scheduleSchema } from '../schedule/parse-schedule.js';
import { MIX_MODES } from './mix-options.js';

const decayAll = z
  .boolean()
  .default(false)
  .describe('weight decay of norms and biases too, as the CIFAR-100 benchmark has it');

/** An optimiser as a config gives it. */
export const optimizerSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('sgd'),
    momentum: z.number().min(0).max(1).default(0.9),
    nesterov: z.boolean().default(false),
    weightDecay: z.number().min(0).default(5e-4),
    decayAll,
  }),
  z.strictObject({
    name: z.literal('adam'),
    betas: z.tuple([z.number(), z.number()]).default([0.9, 0.999]),
    eps: z.number().positive().default(1e-8),
    weightDecay: z.number().min(0).default(0),
    decayAll,
  }),
  z.strictObject({
    name: z.literal('adamw'),
    betas: z.tuple([z.number(), z.number()]).default([0.9, 0.999]),
    eps: z.number().positive().default(1e-8),
    weightDecay: z.number().min(0).default(0.05),
    decayAll,
  }),
]);

/** A bare name stands for its kind with the defaults: `--set schedule=constant`, `optimizer: 'sgd'`. */
function byName<S extends z.ZodType>(schema: S, key: string, preset: z.input<S>) {
  type Named = z.input<S> | Extract<z.input<S>[keyof z.input<S>], string>;
  const named = (name: string): unknown =>
    (preset as Record<string, unknown>)[key] === name ? preset : { [key]: name };
  const preprocessed = z.preprocess((given) => (typeof given === 'string' ? named(given) : given), schema);
  return (preprocessed as unknown as z.ZodType<z.output<S>, Named>).prefault(preset as never);
}

const COSINE = { type: 'cosine', min: 1e-5, warmup: '5%', warmupFrom: 1e-6 } as const;

/** How a run trains, evaluates and saves. Every key is a flag or a `--set path=value` of `kdx run`. */
export const runSettings = z.strictObject({
  epochs: z.int().min(1).default(10),
  batch: z.int().min(1).default(64).describe('images per forward'),
  accumulate: z.int().min(1).default(1).describe('batches whose gradients make one optimiser step'),
  lr: z.number().positive().default(1e-3).describe('base learning rate'),
  optimizer: byName(optimizerSchema, 'name', { name: 'adamw' }),
  schedule: byName(scheduleSchema, 'type', COSINE),
  clip: z.number().positive().nullable().default(null).describe('largest global gradient norm'),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('share ε of a target that leaves the true class'),
  smoothingRule: z
    .enum(['all', 'others'])
    .default('all')
    .describe('who gets that share: all K classes, ε/K each (timm), or the K − 1 others, ε/(K − 1) each'),
  mixup: z.number().min(0).default(0).describe('alpha of mixup, 0 is off'),
  cutmix: z.number().min(0).default(0).describe('alpha of cutmix, 0 is off'),
  mixProbability: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('probability that a batch (or pair, or image: mixMode) is mixed'),
  mixSwitch: z.number().min(0).max(1).default(0.5).describe('probability of cutmix when both are on'),
  mixMode: z
    .enum(MIX_MODES)
    .optional()
    .describe(
      "what shares one λ and one box: batch (default), pair of images, or elem, as timm's Mixup has them",
    ),
  cutmixMinmax: z
    .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
    .refine(([min, max]) => min < max, 'the first is less than the second')
    .optional()
    .describe(
      "smallest and largest side of cutmix's box as shares of the image's; turns cutmix on, with alpha 1",
    ),
  cutmixMargin: z
    .number()
    .min(0)
    .lt(0.5)
    .optional()
    .describe(
      "share of the box's own sides that its centre keeps from the border; default 0, of no effect with cutmixMinmax",
    ),
  ema: z.number().gt(0).lt(1).nullable().default(null).describe('decay of the averaged student'),
  emaWarmup: z
    .boolean()
    .default(true)
    .describe(
      'the decay of update n is at most (1 + n)/(10 + n), so that a short run is not held by its start',
    ),
  best: z
    .enum(['student', 'ema', 'either'])
    .default('student')
    .describe(
      'whose validation top-1 chooses the best epoch: the student, its average (ema), or the higher of both',
    ),
  headRule: z.enum(['class', 'distillation', 'mean', 'sum-softmax']).nullable().default(null),
  seed: z.int().min(0).default(0),
  repeats: z
    .int()
    .min(1)
    .default(1)
    .describe('showings in a row of each drawn image, augmented anew; an epoch stays as long (DeiT has 3)'),
  repeatRound: z
    .int()
    .min(0)
    .default(1)
    .describe(
      'images of an epoch are rounded down to a multiple of it (DeiT and timm 256); 0 rounds up (timm)',
    ),
  repeatRatio: z
    .number()
    .min(0)
    .default(0)
    .describe('what the images of an epoch are divided by; 0 is the number of ranks (timm: selected_ratio)'),
  ranks: z.int().min(1).default(1).describe('processes that an epoch is dealt to, as to the GPUs of DeiT'),
  rank: z.int().min(0).default(0).describe('which of them this run is, from 0'),
  shuffle: z
    .boolean()
    .default(true)
    .describe('an epoch shows the images in an order of its own; false: in the order of the data'),
  dropLast: z.boolean().default(false).describe('leave out a last batch that is not full'),
  evaluateEvery: z.int().min(1).default(1).describe('epochs between validations'),
  evaluationBatch: z.int().min(1).default(100),
  saveEvery: z.int().min(0).default(0).describe('steps between checkpoints; 0 is once an epoch'),
  logEvery: z.int().min(1).default(10).describe('steps between log lines'),
  teacherImages: z
    .union([z.int().min(0), z.literal('all')])
    .default(512)
    .describe('images on which a teacher is scored before the first step, a class-balanced sample, or all'),
});

/** Resolved settings. */
export type RunSettings = z.output<typeof runSettings>;
/** Settings as a person gives them; the rest has defaults. */
export type RunSettingsInput = z.input<typeof runSettings>;
