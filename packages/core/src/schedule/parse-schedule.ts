import { didYouMean } from '@kdx/tensor';
import { z } from 'zod';
import type { Length, Schedule } from '../contracts/schedule.js';
import { kdxError } from '../errors.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { linear } from './linear.js';
import { steps } from './steps.js';

/** Epochs, or a share of the run such as `'10%'`. */
export const lengthSchema: z.ZodType<Length> = z.union([
  z.number().min(0),
  z.templateLiteral([z.number().min(0), '%']),
]);

const per = z.enum(['epoch', 'step']).optional();

/** What a config may say of a schedule; what is not said has the default of the schedule's function. */
export const scheduleSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant') }),
  z.strictObject({
    type: z.literal('steps'),
    milestones: z.array(lengthSchema),
    gamma: z.number().positive().optional(),
  }),
  z.strictObject({
    type: z.literal('linear'),
    to: z.number().min(0).default(0),
    start: lengthSchema.optional(),
    end: lengthSchema.optional(),
    per,
  }),
  z.strictObject({
    type: z.literal('cosine'),
    min: z.number().min(0).optional(),
    warmup: lengthSchema.optional(),
    warmupFrom: z.number().min(0).optional(),
    warmupPrefix: z
      .boolean()
      .optional()
      .describe('the cosine begins after the warm-up, as timm has it; default false, it begins with the run'),
    per,
    lag: z.int().min(0).optional(),
  }),
]);

/** A schedule as a config gives it. */
export type ScheduleConfig = z.input<typeof scheduleSchema>;

const TYPES = ['constant', 'steps', 'linear', 'cosine'];

/**
 * The schedule that a config names, over the value `base`: `'cosine'`, or an object with options such as
 * `{ type: 'steps', milestones: [150, 180, 210] }`.
 * @throws KdxError `KDX_SCHEDULE_INVALID` with the option and what it takes.
 */
export function parseSchedule(config: ScheduleConfig | string, base: number): Schedule {
  const given: unknown = typeof config === 'string' ? { type: config } : config;
  const type = String((given as { type?: unknown } | null)?.type);
  if (!TYPES.includes(type)) {
    throw kdxError(
      'KDX_SCHEDULE_INVALID',
      `There is no schedule "${type}"; choose one of ${TYPES.join(', ')}.${didYouMean(type, TYPES)}`,
    );
  }
  const parsed = scheduleSchema.safeParse(given);
  if (!parsed.success) {
    throw kdxError(
      'KDX_SCHEDULE_INVALID',
      `The schedule "${type}" cannot be made: ${z.prettifyError(parsed.error).replaceAll('\n', ' ').replace(/^✖ /, '')}; mend that option.`,
    );
  }
  return make(parsed.data, base);
}

function make(options: z.output<typeof scheduleSchema>, base: number): Schedule {
  switch (options.type) {
    case 'constant':
      return constant(base);
    case 'steps':
      return steps({ ...options, base });
    case 'linear':
      return linear({ ...options, from: base });
    case 'cosine':
      return cosine({ ...options, base });
  }
}
