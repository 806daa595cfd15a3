import type { LayerFeature, Model, PluginContext } from '@kdx/core';
import { nearestRows } from '@kdx/distill-ops';
import { earlyBlocks, isPositionParameter } from '@kdx/nn';
import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/** A block of the student that learns to be a stage of the teacher. */
export interface Pair {
  /** Tokens `[T, D]`. */
  readonly student: LayerFeature;
  /** Maps `[H, W, C]`. */
  readonly teacher: LayerFeature;
}

/** Paths, as a user names them. */
interface NamedPair {
  readonly student: string;
  readonly teacher: string;
}

/**
 * Pairs of a student's block and a teacher's stage: those named, otherwise one, block K, the last of the early ones, with the
 * stage whose stride is half the patch (spec §2.4).
 * @throws KdxError `KDX_DEARKD_STUDENT`, `KDX_DEARKD_PAIR`, `KDX_TAP_UNKNOWN`, `KDX_TAP_SHAPE`
 */
export function pairsOf(ctx: PluginContext, named: 'auto' | readonly NamedPair[]): Pair[] {
  const [rows] = patchGrid(ctx);
  const given = named === 'auto' ? [autoPair(ctx, rows)] : named;
  return given.map(({ student: block, teacher: stage }) => {
    const student = ctx.feature('student', block);
    const teacher = ctx.feature('teacher', stage);
    if (student.layout === 'tokens' && teacher.layout === 'maps') return { student, teacher };
    const shape = (feature: LayerFeature): string => `[B, ${feature.shape.join(', ')}]`;
    throw pairError(
      ctx,
      rows,
      `pairs tokens [B, T, D] of the student with maps [B, H, W, C] of the teacher, and ${block} is ${shape(student)} and ${stage} ${shape(teacher)}`,
    );
  });
}

/** Rows and columns of a ViT's patches. @throws KdxError `KDX_DEARKD_STUDENT` */
function patchGrid(ctx: PluginContext): LayerFeature['grid'] {
  const { name, features } = ctx.student.spec;
  const [block] = ctx.stages('student');
  if (block?.layout === 'tokens' && features.length > 1) return block.grid;
  throw kdxError(
    'KDX_DEARKD_STUDENT',
    `Plugin "dearkd" has a hidden loss for vision transformers and ${name} has no patches; choose a ViT such as "deit_tiny_patch16_224", or leave that loss out with --plugins 'dearkd:{"hidden":false}'.`,
  );
}

/** Path of block K: the last that attends by position, otherwise the last of the first third. Feature 0 is the patches. */
function lastEarlyBlock({ spec: { features }, parameters }: Model): string {
  const convolutional = [...parameters.keys()].filter(
    (name) => isPositionParameter(name) && name.endsWith('.weight'),
  );
  return features[convolutional.length || earlyBlocks(features.length - 1)].tap;
}

/** @param rows of the student's patches */
function autoPair(ctx: PluginContext, rows: number): NamedPair {
  const wanted = 2 * rows;
  const maps = mapsOf(ctx);
  const found = maps.find(({ grid }) => grid[0] === wanted);
  if (found) return { student: lastEarlyBlock(ctx.student), teacher: found.path };
  const sizes = maps.map(({ path, grid }) => `${path} (${grid[0]}×${grid[1]})`);
  throw pairError(
    ctx,
    rows,
    `finds no stage of ${wanted} rows in the teacher ${ctx.teacher.spec.name}, which has ${sizes.join(', ') || 'no stages with maps'}`,
  );
}

/** The teacher's stages that give maps, shallow first; then its stem, which in some models is a stage by another name. */
function mapsOf(ctx: PluginContext): readonly LayerFeature[] {
  const stages = ctx.stages('teacher');
  const { features } = ctx.teacher.spec;
  const stem = features.length > 2 ? [ctx.feature('teacher', features[0].tap)] : [];
  return [...stages, ...stem].filter(({ layout }) => layout === 'maps');
}

/** Names the pair of these two models that is nearest to the automatic one. */
function pairError(ctx: PluginContext, rows: number, what: string): KdxError {
  const nearest = nearestRows(mapsOf(ctx), 2 * rows);
  const pair = nearest && { student: lastEarlyBlock(ctx.student), teacher: nearest.path };
  const fix = pair
    ? `name a pair with --plugins 'dearkd:${JSON.stringify({ hidden: [pair] })}', or`
    : 'choose a CNN as its teacher, or';
  const out = pair ? '{"hidden":false}' : `--plugins 'dearkd:{"hidden":false}'`;
  return kdxError(
    'KDX_DEARKD_PAIR',
    `Plugin "dearkd" ${what}; ${fix} leave the hidden loss out with ${out}.`,
  );
}
