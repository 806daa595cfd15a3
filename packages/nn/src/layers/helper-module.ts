import type { HelperModule, LayerCall, Ref } from '@kdx/core';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { oneInput } from '../errors.js';
import { Layer } from './layer.js';

/** A forward over several inputs. */
export type ModuleForward = (inputs: readonly tf.Tensor[], call: LayerCall) => tf.Tensor;

/** Makes the module's layers. A single layer may be returned when there is one input. */
export type ModuleBuilder = (scope: Scope, shapes: readonly (readonly number[])[]) => Layer | ModuleForward;

/**
 * A core `HelperModule` made of layers.
 * @param inputs what it is fed, e.g. `['student.blocks.3']`
 * @param build gets the module's scope and the shapes of `inputs` without the batch axis
 * @throws KdxError `KDX_MODULE_INPUTS` on build, when a lone layer is returned for several inputs
 */
export function helperModule(
  inputs: readonly Ref[],
  build: ModuleBuilder,
  options: Pick<HelperModule, 'activeUntil'> = {},
): HelperModule {
  return {
    ...options,
    inputs,
    build(scope, shapes) {
      const built = build(scope, shapes);
      if (!(built instanceof Layer)) return built;
      if (inputs.length !== 1) throw oneInput(inputs.length);
      return ([x], call) => built.apply(x, call);
    },
  };
}
