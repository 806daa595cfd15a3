import { earlyBlocks } from '@kdx/nn';
import { z } from 'zod';
import { badOption } from '../../errors.js';

/** What a name such as `deit_tiny_patch16_224` says. */
export interface VitDefaults {
  readonly patch: number;
  readonly dim: number;
  readonly dropPath: number;
}

/** A share of samples whose block is left out. */
const rate = z.number().min(0).lt(1);

/** Options of a ViT, with the defaults that its name stands for. */
export const vitOptions = (defaults: VitDefaults) =>
  z.object({
    patch: z.number().int().min(1).default(defaults.patch).describe('side of a square patch in pixels'),
    dim: z.number().int().min(1).default(defaults.dim).describe('width of a token'),
    depth: z.number().int().min(1).default(12).describe('number of blocks'),
    heads: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('attention heads; default: 64 wide each, or 32, 16 or 8 where that divides dim, else one'),
    'mlp-ratio': z.number().positive().default(4).describe('hidden width of the MLP over dim'),
    'drop-path': z
      .union([rate, z.array(rate)])
      .default(defaults.dropPath)
      .describe('stochastic depth of the last block, or a list such as [0,0.05,0.1] with one for each'),
    'drop-path-rule': z
      .enum(['linear', 'constant'])
      .default('linear')
      .describe('how it grows: linearly from 0 at the first block (timm), or the same in each'),
    drop: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('dropout after the position embedding, projections and MLPs'),
    mhca: z
      .union([z.number().int().min(0), z.literal('auto')])
      .default(0)
      .describe('how many of the first blocks have convolutional attention (DearKD); auto: a third of them'),
    'mhca-dropout': z.number().min(0).lt(1).default(0.1).describe('dropout of convolutional attention'),
    'mhca-dropout-on': z
      .enum(['position', 'attention', 'none'])
      .default('position')
      .describe('what it drops: single position scores, attention weights, or nothing'),
    'mhca-mode': z
      .enum(['additive', 'gated'])
      .default('additive')
      .describe('position scores added to those of content, or a gated sum of two attentions'),
  });

export type VitSchema = ReturnType<typeof vitOptions>;
export type VitOptions = z.output<VitSchema>;

/**
 * Attention heads: as asked, else heads of width 64, as in all DeiT sizes (spec of DeiT §1.1). A token too narrow or
 * uneven for that gets the widest of 32, 16 and 8 that divides it, else one head.
 *
 * @throws KdxError `KDX_MODEL_OPTION` when `heads` does not divide `dim`.
 */
export function headCount(model: string, { dim, heads }: Pick<VitOptions, 'dim' | 'heads'>): number {
  if (heads !== undefined) {
    if (dim % heads !== 0)
      throw badOption(model, 'heads', `it is ${heads}, which does not divide dim = ${dim}.`);
    return heads;
  }
  const width = [64, 32, 16, 8].find((each) => dim % each === 0) ?? dim;
  return dim / width;
}

/**
 * How many of the first blocks have convolutional attention; `auto` is what DearKD calls early, see `earlyBlocks` of nn.
 *
 * @throws KdxError `KDX_MODEL_OPTION` when there are not as many blocks.
 */
export function mhcaBlocks(model: string, { mhca, depth }: Pick<VitOptions, 'mhca' | 'depth'>): number {
  if (mhca === 'auto') return earlyBlocks(depth);
  if (mhca > depth)
    throw badOption(model, 'mhca', `it is ${mhca}, and there are only depth = ${depth} blocks.`);
  return mhca;
}

/**
 * Drop-path rate per block: 0 at the first, the given one at the last, linear between (spec of DeiT §1.1, timm); the same in
 * each; or a list that was given.
 *
 * @throws KdxError `KDX_MODEL_OPTION` when a list has another length than there are blocks, or beside a rule.
 */
export function dropPathRates(
  model: string,
  {
    depth,
    'drop-path': given,
    'drop-path-rule': rule = 'linear',
  }: Pick<VitOptions, 'depth' | 'drop-path'> & Partial<Pick<VitOptions, 'drop-path-rule'>>,
): number[] {
  if (typeof given !== 'number') {
    if (given.length === depth && rule === 'linear') return [...given];
    throw badOption(
      model,
      'drop-path',
      rule === 'linear'
        ? `it lists ${given.length} rates, and there are depth = ${depth} blocks.`
        : 'a list has a rate for each block; leave out drop-path-rule.',
    );
  }
  return Array.from({ length: depth }, (_, block) => {
    if (rule === 'constant') return given;
    return depth === 1 ? 0 : (given * block) / (depth - 1);
  });
}
