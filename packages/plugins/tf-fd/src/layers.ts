import { KdxError, type Model, type Parameter, type PluginContext, type Ref } from '@kdx/core';
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
 * The layers, shallow first: those named, else the stages' outputs f1 … f_last; the stem's is left out, as in the benchmark.
 * @throws KdxError `KDX_TAP_UNKNOWN`, `KDX_TAP_SHAPE`, `KDX_TF_FD_LAYERS` for a student that lists no stages
 */
export function fdLayers(ctx: PluginContext, named: readonly string[] | undefined): FdLayer[] {
  const { student } = ctx;
  const { features, name } = student.spec;
  const taps = named ?? features.slice(1).map(({ tap }) => tap);
  if (taps.length === 0) {
    throw new KdxError(
      'KDX_TF_FD_LAYERS',
      `Plugin "tf-fd" finds no stages in ${name}; name taps with --plugins 'tf-fd:{"layers":["layer1","layer2"]}' ("kdx models ${name}" lists them).`,
    );
  }
  const patches = patchCount(student);
  return taps.map((named) => {
    const ref = ctx.tap('student', named);
    const tap = ref.slice('student.'.length);
    const scale = features.find((feature) => feature.tap === tap)?.scale;
    return {
      tap,
      ref,
      shape: mapShape(tap, student.taps().get(tap) ?? [], patches),
      scale: scale === undefined ? undefined : ctx.param('student', scale),
    };
  });
}

/** Patch tokens of a ViT: its first feature is the patches alone, `[N, D]`. */
function patchCount(student: Model): number | undefined {
  const [first] = student.spec.features;
  const shape = first && student.taps().get(first.tap);
  return shape?.length === 2 ? shape[0] : undefined;
}
