import { lengthSchema } from '@kdx/core';
import { z } from 'zod';
import { SECOND_STAGES } from './stages.js';

const stage1 = lengthSchema
  .refine(
    (length) => typeof length === 'number' || isShare(Number.parseFloat(length)),
    'a share of the run is from 0% to 100%, e.g. "stage1":"80%"',
  )
  .optional()
  .describe('E1, epochs with the teacher or a share of the run; default five sixths');

const isShare = (percent: number): boolean => percent >= 0 && percent <= 100;

const mhca = z.strictObject({
  blocks: z
    .union([z.int().min(1), z.literal('auto')])
    .default('auto')
    .describe('K, blocks from the first on; auto is a third of them'),
  dropout: z.number().min(0).lt(1).default(0.1).describe('drop rate of the position term while training'),
  dropoutOn: z
    .enum(['position', 'attention', 'none'])
    .default('position')
    .describe('what is dropped: the position term, or the attention weights'),
  mode: z
    .enum(['additive', 'gated'])
    .default('additive')
    .describe('positions are added to the scores, or mixed with the attention by a gate'),
});

const pair = z.strictObject({
  student: z.string().describe("path of a student's block"),
  teacher: z.string().describe("path of a teacher's stage"),
});

export const dearkdOptions = z.strictObject({
  stage1,
  stage2: z
    .enum(SECOND_STAGES)
    .default('anneal')
    .describe('after that the teacher fades until the last epoch, or is gone at once'),
  alpha: z.number().min(0).lt(1).default(0.5).describe('α₁, weight of the ground truth in the first stage'),
  beta: z.number().min(0).default(1).describe('β₁, weight of the hidden loss in the first stage'),
  mhca: z
    .union([z.boolean(), mhca])
    .default(true)
    .describe('convolutional attention in the first blocks; false leaves them as they are'),
  hidden: z
    .union([z.literal(false), z.literal('auto'), z.array(pair).min(1)])
    .default('auto')
    .describe('pairs of a student block and a teacher stage, or false for no hidden loss'),
  normalize: z
    .enum(['channel-std', 'none'])
    .default('channel-std')
    .describe('the stage as a target: each channel at mean 0 and deviation 1, or as it is'),
});

export type DearkdOptions = z.input<typeof dearkdOptions>;
export type DearkdSettings = z.output<typeof dearkdOptions>;

/** The options of MHCA; undefined if the student gets none. */
export const mhcaOf = ({ mhca: given }: z.output<typeof dearkdOptions>): z.output<typeof mhca> | undefined =>
  given === false ? undefined : given === true ? mhca.parse({}) : given;
