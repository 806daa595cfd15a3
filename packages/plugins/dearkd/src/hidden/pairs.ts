import { KdxError, type Model, type PluginContext, type Ref, stagesOf } from '@kdx/core';

/** A block of the student that learns to be a stage of the teacher. */
export interface Pair {
  readonly student: Ref;
  readonly teacher: Ref;
  /** Patches of the student, rows and columns. */
  readonly grid: readonly [height: number, width: number];
}

/** `[H, W]` of a ViT's patches: its first feature is the patches alone, `[N, D]`. @throws KdxError `KDX_DEARKD_STUDENT` */
export function patchGrid({
  spec,
  taps,
}: Pick<Model, 'spec'> & { taps: ReturnType<Model['taps']> }): [number, number] {
  const [H, W] = spec.inputSize;
  const [first] = spec.features;
  const shape = first && taps.get(first.tap);
  const patch = Math.sqrt((H * W) / (shape?.[0] ?? 0));
  if (shape?.length === 2 && Number.isInteger(patch)) return [H / patch, W / patch];
  throw new KdxError(
    'KDX_DEARKD_STUDENT',
    `Plugin "dearkd" distils into vision transformers and ${spec.name} has no patches; choose a ViT such as "deit_tiny_patch16_224".`,
  );
}

/** Blocks `blocks.0`, `blocks.1`, … of a ViT. */
export const depthOf = (taps: ReadonlyMap<string, unknown>): number =>
  [...taps.keys()].filter((path) => /^blocks\.\d+$/.test(path)).length;

/**
 * Pairs of a student's block and a teacher's stage: those named, else one, block K = depth/3 with the stage whose stride is
 * half the patch (spec §2.4).
 * @throws KdxError `KDX_DEARKD_STUDENT`, `KDX_DEARKD_PAIR`, `KDX_TAP_UNKNOWN`
 */
export function pairsOf(
  ctx: PluginContext,
  named: 'auto' | readonly { readonly student: string; readonly teacher: string }[],
): Pair[] {
  const taps = ctx.student.taps();
  const grid = patchGrid({ spec: ctx.student.spec, taps });
  const given = named === 'auto' ? [autoPair(ctx, grid, depthOf(taps))] : named;
  return given.map(({ student, teacher }) => {
    const [from, to] = [ctx.tap('student', student), ctx.tap('teacher', teacher)];
    const tokens = taps.get(from.slice('student.'.length));
    const maps = ctx.teacher.taps().get(to.slice('teacher.'.length));
    if (tokens?.length === 2 && tokens[0] >= grid[0] * grid[1] && maps?.length === 3) {
      return { student: from, teacher: to, grid };
    }
    throw pairError(
      `pairs tokens [B, T, D] of the student with maps [B, H, W, C] of the teacher, and ${student} is [B, ${tokens?.join(', ')}] and ${teacher} [B, ${maps?.join(', ')}]`,
    );
  });
}

function autoPair(
  ctx: PluginContext,
  [h]: readonly number[],
  depth: number,
): { student: string; teacher: string } {
  const { teacher } = ctx;
  const stages = stagesOf(teacher.spec).filter(({ tap }) => teacher.taps().get(tap)?.length === 3);
  // The stage of twice as many rows as there are patches.
  const found = stages.find(({ tap }) => teacher.taps().get(tap)?.[0] === 2 * h);
  if (found) return { student: `blocks.${earlyBlocks(depth) - 1}`, teacher: found.tap };
  const sizes = stages.map(({ tap }) => `${tap} (${teacher.taps().get(tap)?.slice(0, 2).join('×')})`);
  throw pairError(
    `finds no stage of ${2 * h} rows in the teacher ${teacher.spec.name}, which has ${sizes.join(', ') || 'no stages with maps'}`,
  );
}

/** K, the first third of the blocks. */
export const earlyBlocks = (depth: number): number => Math.max(1, Math.round(depth / 3));

const pairError = (what: string): KdxError =>
  new KdxError(
    'KDX_DEARKD_PAIR',
    `Plugin "dearkd" ${what}; name a pair with --plugins 'dearkd:{"hidden":[{"student":"blocks.1","teacher":"layer2"}]}', or leave the hidden loss out with {"hidden":false}.`,
  );
