import type { LayerFeature, PluginContext } from '@kdx/core';
import { type KdxError, type Parameter } from '@kdx/tensor';
import { kdxError } from './errors.js';

/** A layer of the student that Tf-FD works on, as maps. */
export interface FdLayer extends Omit<LayerFeature, 'scale'> {
  /** γ of the batch norm that scales its channels, where there is one. */
  readonly scale: Parameter | undefined;
}

/**
 * The layers, shallow first: those named, otherwise the stages' outputs; the stem's is left out, as in the benchmark. Tokens on
 * their grid are maps too, which is kdx's extension.
 * @throws KdxError `KDX_TAP_UNKNOWN`, `KDX_TAP_SHAPE`, `KDX_TF_FD_LAYERS`
 */
export function fdLayers(ctx: PluginContext, named: readonly string[] | undefined): FdLayer[] {
  const { student } = ctx;
  const { name } = student.spec;
  const features = named?.map((path) => ctx.feature('student', path)) ?? ctx.stages('student');
  const layers = features.map(
    (feature): FdLayer => ({
      ...feature,
      scale: feature.scale === undefined ? undefined : ctx.param('student', feature.scale),
    }),
  );
  if (layers.length === 0) {
    throw layersError(
      `finds no stages in ${name}; name taps with --plugins 'tf-fd:{"layers":["…","…"]}' ("kdx models ${name}" lists them)`,
    );
  }
  const order = [...student.taps().keys()];
  layers.slice(1).forEach(({ path }, i) => {
    const before = layers[i].path;
    if (order.indexOf(path) > order.indexOf(before)) return;
    throw layersError(
      `was given ${path} after ${before}, and the deeper of two layers teaches the shallower; name each once, shallow first, in its option layers`,
    );
  });
  for (const { path, channels } of layers) {
    if (channels > 1) continue;
    throw layersError(
      `was given ${path}, which has one channel, and salient channels teach redundant ones from two on; name other taps with its option layers`,
    );
  }
  return layers;
}

const layersError = (what: string): KdxError => kdxError('KDX_TF_FD_LAYERS', `Plugin "tf-fd" ${what}.`);

/** @throws KdxError `KDX_TF_FD_LAYERS` for a single layer */
export function checkPairs(layers: readonly FdLayer[]): void {
  if (layers.length > 1) return;
  throw layersError(
    `has only the layer ${layers[0].path}, and layers teach each other from two on; name more with its option layers, or switch that part off with --plugins 'tf-fd:{"inter":0}'`,
  );
}
