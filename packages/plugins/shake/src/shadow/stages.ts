import type { LayerFeature, PluginContext, Ref } from '@kdx/core';
import { strideFits } from '@kdx/distill-ops';
import { kdxError } from '../errors.js';

/** The stages of a model that give maps, shallow first. */
export const mapStages = (ctx: PluginContext, model: string): LayerFeature[] =>
  ctx.stages(model).filter(({ layout }) => layout === 'maps');

/**
 * The taps of a teacher that its shadow reads: those named, otherwise f1, f2, f3 where the third is what the teacher's
 * classifier reads, otherwise its last three stages (spec §2.2).
 * @param role `teacher`, `teacher2`, … of the teacher with that index
 * @throws KdxError `KDX_SHAKE_STAGES`, `KDX_SHAKE_CLASSIFIER`, `KDX_TAP_UNKNOWN`, `KDX_TAP_SHAPE`
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
  const { name, featureDim } = ctx.teachers[index].spec;
  const stages = named ? namedStages(ctx, role, named) : mapStages(ctx, role);
  if (stages.length === 0) {
    throw kdxError(
      'KDX_SHAKE_STAGES',
      `Plugin "shake" finds no stages with maps [B, H, W, C] in the teacher ${name}; choose a CNN as teacher, or put the shadow on the student with --plugins 'shake:{"preset":"submission"}'.`,
    );
  }
  const first = stages.slice(0, 3);
  const fits = (some: readonly LayerFeature[]): boolean => some[some.length - 1].channels === featureDim;
  const chosen = named ? stages : fits(first) ? first : stages.slice(-3);
  if (classifier !== 'own' && !fits(chosen)) {
    const { path, channels } = chosen[chosen.length - 1];
    throw kdxError(
      'KDX_SHAKE_CLASSIFIER',
      `Plugin "shake": the classifier of the teacher ${name} reads ${featureDim} values and its stage ${path} has ${channels} channels, so it cannot serve the shadow head; give the shadow one of its own with --plugins 'shake:{"classifier":"own"}', or put it on the student with --plugins 'shake:{"preset":"submission"}'.`,
    );
  }
  chosen.slice(1).forEach(({ path, grid }, i) => {
    const before = chosen[i];
    if (strideFits(before.grid, grid)) return;
    throw kdxError(
      'KDX_SHAKE_STAGES',
      `Plugin "shake": no stride leads from ${before.path} (${before.grid.join('×')}) to ${path} (${grid.join('×')}) of the teacher ${name}; name stages, shallow first, with --plugins 'shake:{"stages":["layer1","layer2"]}'.`,
    );
  });
  return chosen.map(({ ref }) => ref);
}

const namedStages = (ctx: PluginContext, role: string, named: readonly string[]): LayerFeature[] =>
  named.map((given) => {
    const feature = ctx.feature(role, given);
    if (feature.layout === 'maps') return feature;
    throw kdxError(
      'KDX_TAP_SHAPE',
      `Plugin "shake" reads the tap ${feature.path} of the teacher, whose shape [B, ${feature.shape.join(', ')}] is not maps [B, H, W, C]; name other taps with its option stages.`,
    );
  });
