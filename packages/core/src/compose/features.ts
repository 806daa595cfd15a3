import type { LayerFeature } from '../contracts/feature.js';
import type { FeatureLayout, Model, ModelSpec } from '../contracts/model.js';
import { kdxError } from '../errors.js';
import { checkModelRef } from './checks.js';
import { parseRef } from './refs.js';
import { stagesOf } from './stages.js';

/** Who asks for features of which models. */
export interface FeatureReader {
  /** E.g. `Plugin "kd"`. */
  readonly who: string;
  /** By `student`, `teacher`, `teacher2`, … */
  readonly models: ReadonlyMap<string, Model>;
}

/** How a feature's values lie. */
type Placed = Pick<LayerFeature, 'layout' | 'grid' | 'specialTokens'>;

/**
 * The tap that `path` names, as `MODEL.PATH`. `f1` names the model's second feature and `f1:pre` what is before its ReLU,
 * unless a layer of the model is called so.
 * @throws KdxError `KDX_TEACHER_MISSING`, `KDX_TAP_UNKNOWN`
 */
export function tapRef({ who, models }: FeatureReader, name: string, path: string): string {
  const model = models.get(name);
  const ref = `${name}.${(model && !model.taps().has(path) && featureTap(model.spec, path)) || path}`;
  checkModelRef(parseRef(ref), models, who);
  return ref;
}

function featureTap({ features }: ModelSpec, path: string): string | undefined {
  const [, index, end = ''] = /^f(\d+)(:pre|:in)?$/.exec(path) ?? [];
  const tap = index === undefined ? undefined : features[Number(index)]?.tap;
  return tap === undefined ? undefined : tap + end;
}

/**
 * The feature that `path` names, a tap or a short name.
 * @throws KdxError `KDX_TEACHER_MISSING`, `KDX_TAP_UNKNOWN`, or `KDX_TAP_SHAPE` for what is neither maps nor tokens of a known grid
 */
export function layerFeature(reader: FeatureReader, name: string, path: string): LayerFeature {
  const ref = tapRef(reader, name, path);
  const model = reader.models.get(name) as Model;
  const tap = ref.slice(name.length + 1);
  const feature = featureAt(name, model, tap);
  if (feature) return feature;
  const shape = model.taps().get(tap) ?? [model.spec.classes];
  const other = stagesOf(model.spec).find((stage) => featureAt(name, model, stage.tap));
  const hint = other ? `, e.g. "${other.tap}"` : '';
  throw kdxError(
    'KDX_TAP_SHAPE',
    `${reader.who} asks for the feature "${path}" of ${name} (${model.spec.name}), whose shape [${['B', ...shape].join(', ')}] is neither maps [B, H, W, C] nor tokens [B, T, D] of a known grid; name another tap${hint}.`,
  );
}

/**
 * The features of a model's stages that are maps or tokens, shallow first, without the stem's; see `stagesOf`.
 * @throws KdxError `KDX_TEACHER_MISSING`
 */
export function stageFeatures({ who, models }: FeatureReader, name: string): LayerFeature[] {
  checkModelRef({ kind: 'logits', model: name }, models, who);
  const model = models.get(name) as Model;
  return stagesOf(model.spec).flatMap(({ tap }) => featureAt(name, model, tap) ?? []);
}

/** The feature at a tap; undefined where there is no such tap or its layout is not known. */
function featureAt(name: string, model: Model, path: string): LayerFeature | undefined {
  const { features, inputSize } = model.spec;
  const shape = model.taps().get(path);
  const placed = shape && placesOf(model, path, shape);
  if (!placed) return undefined;
  const own = features.find(({ tap }) => tap === path.replace(/:pre$/, ''));
  return {
    ref: `${name}.${path}`,
    path,
    shape,
    ...placed,
    channels: shape[shape.length - 1],
    stride: inputSize[0] / placed.grid[0],
    scale: own?.scale,
  };
}

const RANKS: Readonly<Record<FeatureLayout, number>> = { maps: 3, tokens: 2 };

/** By what the model states of the tap; otherwise three axes are maps, two are tokens. */
function placesOf(model: Model, path: string, shape: readonly number[]): Placed | undefined {
  const own = model.spec.features.find(({ tap }) => tap === path);
  const layout = own?.layout ?? (shape.length === 3 ? 'maps' : 'tokens');
  if (shape.length !== RANKS[layout]) return undefined;
  if (layout === 'maps') return { layout, grid: [shape[0], shape[1]], specialTokens: 0 };
  const grid = own?.grid ?? tokenGrid(model);
  const specialTokens = grid === undefined ? -1 : shape[0] - grid[0] * grid[1];
  return grid && specialTokens >= 0 ? { layout, grid, specialTokens } : undefined;
}

/**
 * The grid of a model's tokens: the one that its features state. A model that states none has patches alone, `[N, D]`, in its
 * first feature; their grid has the image's aspect ratio.
 */
function tokenGrid(model: Model): readonly [number, number] | undefined {
  const { features, inputSize } = model.spec;
  const stated = features.find(({ layout, grid }) => layout === 'tokens' && grid)?.grid;
  if (stated) return stated;
  const first = features[0] && model.taps().get(features[0].tap);
  if (first?.length !== 2) return undefined;
  const [H, W] = inputSize;
  const patch = Math.sqrt((H * W) / first[0]);
  const grid = [H / patch, W / patch] as const;
  return grid.every(Number.isInteger) ? grid : undefined;
}
