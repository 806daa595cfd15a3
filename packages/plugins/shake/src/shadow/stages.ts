import { type Model, type PluginContext, type Ref } from '@kdx/core';
import { stagesOf } from '@kdx/core/run';
import { kdxError } from '../errors.js';

/** A stage whose output is maps. */
export interface Stage {
  readonly tap: string;
  /** `[H, W, C]` */
  readonly shape: readonly number[];
}

/** The stages of a model that are maps, shallow first. */
export const mapStages = (model: Model): Stage[] =>
  stagesOf(model.spec)
    .map(({ tap }) => ({ tap, shape: model.taps().get(tap) ?? [] }))
    .filter(({ shape }) => shape.length === 3);

/** Stride of a 3×3 convolution with padding 1 that turns maps of one stage into the size of a deeper one. */
export const strideBetween = ([H]: readonly number[], [h]: readonly number[]): number => Math.ceil(H / h);

/**
 * The taps of a teacher that its shadow reads: those named, else f1, f2, f3 where the third is what the teacher's classifier
 * reads, else its last three stages (spec §2.2).
 * @param role `teacher`, `teacher2`, … of the teacher with that index
 * @throws KdxError `KDX_SHAKE_STAGES`, `KDX_SHAKE_CLASSIFIER`
 */
export function teacherStages(
  ctx: PluginContext,
  role: string,
  index: number,
  {
    stages: named,
    classifier,
  }: { readonly stages?: readonly string[]; readonly classifier?: 'teacher' | 'own' },
): Ref[] {
  const teacher = ctx.teachers[index];
  const { name, featureDim } = teacher.spec;
  const stages = named ? namedStages(ctx, role, teacher, named) : mapStages(teacher);
  if (stages.length === 0) {
    throw kdxError(
      'KDX_SHAKE_STAGES',
      `Plugin "shake" finds no stages with maps [B, H, W, C] in the teacher ${name}; choose a CNN as teacher, or put the shadow on the student with --plugins 'shake:{"preset":"submission"}'.`,
    );
  }
  const first = stages.slice(0, 3);
  const fits = (some: readonly Stage[]): boolean => some[some.length - 1].shape[2] === featureDim;
  const chosen = named ? stages : fits(first) ? first : stages.slice(-3);
  if (classifier !== 'own' && !fits(chosen)) {
    const { tap, shape } = chosen[chosen.length - 1];
    throw kdxError(
      'KDX_SHAKE_CLASSIFIER',
      `Plugin "shake": the classifier of the teacher ${name} reads ${featureDim} values and its stage ${tap} has ${shape[2]} channels, so it cannot serve the shadow head; give the shadow one of its own with --plugins 'shake:{"classifier":"own"}', or put it on the student with --plugins 'shake:{"preset":"submission"}'.`,
    );
  }
  chosen.slice(1).forEach(({ tap, shape: [h, w] }, i) => {
    const [H, W] = chosen[i].shape;
    const stride = strideBetween([H], [h]);
    if (H >= h && Math.ceil(H / stride) === h && Math.ceil(W / stride) === w) return;
    throw kdxError(
      'KDX_SHAKE_STAGES',
      `Plugin "shake": no stride leads from ${chosen[i].tap} (${H}×${W}) to ${tap} (${h}×${w}) of the teacher ${name}; name stages, shallow first, with --plugins 'shake:{"stages":["layer1","layer2"]}'.`,
    );
  });
  return chosen.map(({ tap }) => ctx.tap(role, tap));
}

const namedStages = (ctx: PluginContext, role: string, teacher: Model, named: readonly string[]): Stage[] =>
  named.map((given) => {
    const tap = ctx.tap(role, given).slice(role.length + 1);
    const shape = teacher.taps().get(tap) ?? [];
    if (shape.length === 3) return { tap, shape };
    throw kdxError(
      'KDX_TAP_SHAPE',
      `Plugin "shake" reads the tap ${tap} of the teacher, whose shape [B, ${shape.join(', ')}] is not maps [B, H, W, C]; name other taps with its option stages.`,
    );
  });
