import type { HeadScores } from '@kdx/core';
import { z } from 'zod';
import type { SoundParts } from './sound-parts.js';

const object = z.record(z.string(), z.unknown());
const text = z.string().optional();
/** JSON has null for what is not finite. */
const quantity = z
  .number()
  .nullish()
  .transform((value) => value ?? undefined);

/** The parts of `config.json` that a page shows; `pinned` has parts of its own. */
export const RECORD = {
  kdx: text,
  created: text,
  cwd: text,
  config: object,
  origins: object.optional(),
  pinned: object,
  environment: object,
};

/** Of `pinned`: what the run was begun with. */
export const PINNED = {
  backend: z.looseObject({ name: z.string(), device: z.string(), precision: z.string() }),
  data: text,
  student: text,
  teachers: z.array(z.string()),
  plugins: z.array(z.string()),
};

/** What is no score is left out head by head, see `runScores`. */
const heads = object.transform((value) => value as unknown as HeadScores);

/** What a run tells of its task; runs of older versions tell nothing. */
export const TASK = z
  .object({
    name: z.string(),
    headline: z.object({ name: z.string(), better: z.enum(['higher', 'lower']) }),
    scores: z.record(
      z.string(),
      z.object({ label: z.string(), unit: z.string().optional(), digits: z.int().min(0).optional() }),
    ),
  })
  .refine(({ headline, scores }) => Object.hasOwn(scores, headline.name));

export const SUMMARY = {
  student: text,
  headRule: text,
  task: TASK.optional(),
  epochs: quantity,
  steps: quantity,
  seconds: quantity,
  parameters: quantity,
  trainLoss: quantity,
  validation: z
    .looseObject({
      last: heads,
      best: heads,
      bestEpoch: z.number(),
      bestWeights: z.literal('ema').optional(),
      ema: heads.optional(),
    })
    .optional(),
  test: z.looseObject({ last: heads, best: heads.optional(), ema: heads.optional() }).optional(),
};

export const CONFUSION = z
  .object({
    split: z.string(),
    weights: z.string(),
    classNames: z.array(z.string()),
    cells: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.number()])),
  })
  .refine(({ classNames: { length }, cells }) =>
    cells.every(([label, prediction]) => label < length && prediction < length),
  )
  .transform(({ classNames: names, ...confusion }) => ({ ...confusion, names }));

export type SoundSummary = SoundParts<typeof SUMMARY>;
export type SoundRecord = Omit<SoundParts<typeof RECORD>, 'pinned'> & {
  readonly pinned?: SoundParts<typeof PINNED>;
};
