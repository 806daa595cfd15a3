import { type Model } from '@kdx/core';
import type { PatchGrid } from '@kdx/nn';
import { kdxError } from '../errors.js';

/** What attention distances of a model are in terms of. */
export interface AttentionGeometry {
  /** Patches of an image, `[height, width]`. */
  readonly grid: PatchGrid;
  /** Pixels of a patch, `[height, width]`. */
  readonly patch: readonly [height: number, width: number];
  readonly depth: number;
  readonly heads: number;
  /** Tokens before the patches. */
  readonly specialTokens: number;
}

/** A model with what it is called in the output. */
export interface LabelledModel {
  readonly label: string;
  readonly model: Model;
}

/** @throws KdxError `KDX_MODEL_ATTENTION` for a model that is no vision transformer of kdx */
export function geometryOf({ label, model }: LabelledModel): AttentionGeometry {
  const taps = model.taps();
  const depth = [...taps.keys()].filter((path) => /^blocks\.\d+\.attn\.weights$/.test(path)).length;
  const filter = model.parameters.get('patch_embed.proj.weight');
  const weights = taps.get('blocks.0.attn.weights');
  if (!filter || !weights) {
    const { name } = model.spec;
    throw kdxError(
      'KDX_MODEL_ATTENTION',
      `"${name}"${label.startsWith(name) ? '' : ` (${label})`} has no attention to measure; give --model vision transformers, such as "deit_tiny_patch16_224".`,
    );
  }
  const [height, width] = model.spec.inputSize;
  const [patchHeight, patchWidth] = filter.variable.shape;
  const grid = [height / patchHeight, width / patchWidth] as const;
  const [heads, tokens] = weights;
  const specialTokens = tokens - grid[0] * grid[1];
  return { grid, patch: [patchHeight, patchWidth], depth, heads, specialTokens };
}

/**
 * What each model's distances are in terms of, once it is sure that they can stand side by side.
 * @param models at least one
 * @throws KdxError `KDX_MODEL_ATTENTION`; `KDX_ATTENTION_GRID` for other patches, `KDX_ATTENTION_LABEL` for one label on
 *   models of different shape
 */
export function sharedGeometry(models: readonly LabelledModel[]): AttentionGeometry[] {
  const all = models.map(geometryOf);
  const firstOf = new Map<string, number>();
  for (const [index, { label, model }] of models.entries()) {
    const { grid, depth, heads } = all[index];
    if (String(grid) !== String(all[0].grid)) {
      throw kdxError(
        'KDX_ATTENTION_GRID',
        `"${models[0].model.spec.name}" sees ${all[0].grid.join('×')} patches and "${model.spec.name}" ${grid.join('×')}, so their distances are not in one unit; compare models of the same "patch" and "img".`,
      );
    }
    const first = firstOf.get(label) ?? index;
    firstOf.set(label, first);
    if (depth === all[first].depth && heads === all[first].heads) continue;
    const shapeOf = (k: number): string =>
      `"${models[k].model.spec.name}" (${all[k].depth} blocks of ${all[k].heads} heads)`;
    throw kdxError(
      'KDX_ATTENTION_LABEL',
      `"${label}" is the label of ${shapeOf(first)} and of ${shapeOf(index)}, which cannot be averaged; give each a label of its own: --model label=model.`,
    );
  }
  return all;
}
