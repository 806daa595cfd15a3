import { type Model, type PluginContext, type Ref } from '@kdx/core';
import { stagesOf } from '@kdx/core/run';
import { type KdxError, type Parameter } from '@kdx/tensor';
import { kdxError } from './errors.js';
import { type MapShape, mapShape } from './layout.js';

/** A layer of the student that Tf-FD works on. */
export interface FdLayer {
  readonly tap: string;
  readonly ref: Ref;
  readonly shape: MapShape;
  /** γ of the batch norm that scales its channels, where there is one. */
  readonly scale: Parameter | undefined;
}

/**
 * The layers, shallow first: those named, else the stages' outputs; the stem's is left out, as in the benchmark.
 * @throws KdxError `KDX_TAP_UNKNOWN`, `KDX_TAP_SHAPE`, `KDX_TF_FD_LAYERS`
 */
export function fdLayers(ctx: PluginContext, named: readonly string[] | undefined): FdLayer[] {
  const { student } = ctx;
  const { name, features } = student.spec;
  const shapes = student.taps();
  const patches = patchCount(student);
  const layers = (named ?? stagesOf(student.spec).map(({ tap }) => tap)).map((path): FdLayer => {
    const ref = ctx.tap('student', path);
    const tap = ref.slice('student.'.length);
    const scale = features.find((feature) => feature.tap === tap)?.scale;
    return {
      tap,
      ref,
      shape: mapShape(tap, shapes.get(tap) ?? [student.spec.classes], patches),
      scale: scale === undefined ? undefined : ctx.param('student', scale),
    };
  });
  if (layers.length === 0) {
    throw layersError(
      `finds no stages in ${name}; name taps with --plugins 'tf-fd:{"layers":["…","…"]}' ("kdx models ${name}" lists them)`,
    );
  }
  const order = [...shapes.keys()];
  layers.slice(1).forEach(({ tap }, i) => {
    const before = layers[i].tap;
    if (order.indexOf(tap) > order.indexOf(before)) return;
    throw layersError(
      `was given ${tap} after ${before}, and the deeper of two layers teaches the shallower; name each once, shallow first, in its option layers`,
    );
  });
  for (const { tap, shape } of layers) {
    if (shape.channels > 1) continue;
    throw layersError(
      `was given ${tap}, which has one channel, and salient channels teach redundant ones from two on; name other taps with its option layers`,
    );
  }
  return layers;
}

const layersError = (what: string): KdxError => kdxError('KDX_TF_FD_LAYERS', `Plugin "tf-fd" ${what}.`);

/** @throws KdxError `KDX_TF_FD_LAYERS` where there is no pair */
export function checkPairs(layers: readonly FdLayer[]): void {
  if (layers.length > 1) return;
  throw layersError(
    `has only the layer ${layers[0].tap}, and layers teach each other from two on; name more with its option layers, or switch that part off with --plugins 'tf-fd:{"inter":0}'`,
  );
}

/** Patch tokens of a ViT: its first feature is the patches alone, `[N, D]`. */
function patchCount(student: Model): number | undefined {
  const [first] = student.spec.features;
  const shape = first && student.taps().get(first.tap);
  return shape?.length === 2 ? shape[0] : undefined;
}
