import { type Model, type PluginContext, type Ref } from '@kdx/core';
import { stagesOf } from '@kdx/core/run';
import { earlyBlocks, isPositionParameter } from '@kdx/nn';
import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/** A block of the student that learns to be a stage of the teacher. */
export interface Pair {
  readonly student: Ref;
  readonly teacher: Ref;
  /** Patches of the student, rows and columns. */
  readonly grid: readonly [height: number, width: number];
}

/** Paths, as a user names them. */
interface NamedPair {
  readonly student: string;
  readonly teacher: string;
}

/** A place of the teacher that gives maps `[H, W, C]`. */
interface Maps {
  readonly tap: string;
  readonly shape: readonly number[];
}

/**
 * Pairs of a student's block and a teacher's stage: those named, else one, block K, the last of the early ones, with the
 * stage whose stride is half the patch (spec §2.4).
 * @throws KdxError `KDX_DEARKD_STUDENT`, `KDX_DEARKD_PAIR`, `KDX_TAP_UNKNOWN`
 */
export function pairsOf(ctx: PluginContext, named: 'auto' | readonly NamedPair[]): Pair[] {
  const grid = patchGrid(ctx.student);
  const given = named === 'auto' ? [autoPair(ctx, grid)] : named;
  return given.map(({ student, teacher }) => {
    const [from, to] = [ctx.tap('student', student), ctx.tap('teacher', teacher)];
    const tokens = ctx.student.taps().get(from.slice('student.'.length));
    const maps = ctx.teacher.taps().get(to.slice('teacher.'.length));
    if (tokens?.length === 2 && tokens[0] >= grid[0] * grid[1] && maps?.length === 3) {
      return { student: from, teacher: to, grid };
    }
    throw pairError(
      ctx,
      grid,
      `pairs tokens [B, T, D] of the student with maps [B, H, W, C] of the teacher, and ${student} is [B, ${tokens?.join(', ')}] and ${teacher} [B, ${maps?.join(', ')}]`,
    );
  });
}

/** `[H, W]` of a ViT's patches: its first feature is the patches alone, `[N, D]`. @throws KdxError `KDX_DEARKD_STUDENT` */
function patchGrid(student: Model): [number, number] {
  const { name, inputSize, features } = student.spec;
  const [H, W] = inputSize;
  const [first] = features;
  const shape = first && student.taps().get(first.tap);
  const patch = Math.sqrt((H * W) / (shape?.[0] ?? 0));
  if (shape?.length === 2 && Number.isInteger(patch) && features.length > 1) return [H / patch, W / patch];
  throw kdxError(
    'KDX_DEARKD_STUDENT',
    `Plugin "dearkd" has a hidden loss for vision transformers and ${name} has no patches; choose a ViT such as "deit_tiny_patch16_224", or leave that loss out with --plugins 'dearkd:{"hidden":false}'.`,
  );
}

/** Path of block K: the last that attends by position, else the last of the first third. Feature 0 is the patches. */
function lastEarlyBlock({ spec: { features }, parameters }: Model): string {
  const convolutional = [...parameters.keys()].filter(
    (name) => isPositionParameter(name) && name.endsWith('.weight'),
  );
  return features[convolutional.length || earlyBlocks(features.length - 1)].tap;
}

function autoPair(ctx: PluginContext, grid: readonly [number, number]): NamedPair {
  const wanted = 2 * grid[0];
  const maps = mapsOf(ctx.teacher);
  const found = maps.find(({ shape }) => shape[0] === wanted);
  if (found) return { student: lastEarlyBlock(ctx.student), teacher: found.tap };
  const sizes = maps.map(({ tap, shape }) => `${tap} (${shape[0]}×${shape[1]})`);
  throw pairError(
    ctx,
    grid,
    `finds no stage of ${wanted} rows in the teacher ${ctx.teacher.spec.name}, which has ${sizes.join(', ') || 'no stages with maps'}`,
  );
}

/** Stages that give maps, shallow first; then a stem, which in some models is a stage by another name. */
function mapsOf(teacher: Model): readonly Maps[] {
  const stages = stagesOf(teacher.spec);
  const stem = teacher.spec.features.filter((feature) => !stages.includes(feature));
  return [...stages, ...stem].flatMap(({ tap }) => {
    const shape = teacher.taps().get(tap);
    return shape?.length === 3 ? [{ tap, shape }] : [];
  });
}

/** Says what helps by a pair that these two models have, the nearest to the automatic one. */
function pairError({ student, teacher }: PluginContext, [h]: readonly number[], what: string): KdxError {
  const distance = ({ shape }: Maps): number => Math.abs(Math.log(shape[0] / (2 * h)));
  const [nearest] = [...mapsOf(teacher)].sort((a, b) => distance(a) - distance(b));
  const pair = nearest && { student: lastEarlyBlock(student), teacher: nearest.tap };
  const mend = pair
    ? `name a pair with --plugins 'dearkd:${JSON.stringify({ hidden: [pair] })}', or`
    : 'choose a CNN as its teacher, or';
  const out = pair ? '{"hidden":false}' : `--plugins 'dearkd:{"hidden":false}'`;
  return kdxError(
    'KDX_DEARKD_PAIR',
    `Plugin "dearkd" ${what}; ${mend} leave the hidden loss out with ${out}.`,
  );
}
