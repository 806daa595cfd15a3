import { ParameterStore } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { HelperModule } from '../contracts/module.js';
import type { RunRng } from '../contracts/slot.js';
import type { Ref } from '../contracts/term.js';
import { kdxError } from '../errors.js';
import { aFunction, expectShape, tensor } from '../expected/shape.js';
import { lengthInEpochs } from '../schedule/length.js';
import type { ComposedModule } from './composition.js';
import type { ParsedRef } from './refs.js';

interface UnbuiltModule {
  /** `<plugin>/<name>` */
  readonly id: string;
  readonly plugin: string;
  readonly module: HelperModule;
  readonly inputs: ReadonlyMap<Ref, ParsedRef>;
  /** Of the inputs, without the batch axis. */
  readonly shapes: readonly (readonly number[])[];
  /** Of the run. */
  readonly epochs: number;
  readonly rng: RunRng;
}

/** Makes a helper module with its parameters. @throws KdxError `KDX_MODULE_OUTPUT`, `KDX_RNG_MISSING` */
export function buildModule({
  id,
  plugin,
  module,
  inputs,
  shapes,
  epochs,
  rng,
}: UnbuiltModule): ComposedModule {
  const store = new ParameterStore(id, (parameter) => rng('init', 'module', id, parameter));
  try {
    const forward = module.build(store.scope(), shapes);
    expectShape(aFunction, forward, `build() of module ${id}`, 'KDX_MODULE_OUTPUT');
    return {
      id,
      plugin,
      inputs,
      store,
      activeUntil:
        module.activeUntil === undefined
          ? Number.POSITIVE_INFINITY
          : lengthInEpochs(module.activeUntil, epochs),
      outputShape: traceOutput(id, forward, shapes),
      forward: (tensors, call) => forward(tensors, call),
    };
  } catch (error) {
    store.dispose();
    throw error;
  }
}

// A helper is run once on zeros, so that shapes that do not fit are found before the first step.
function traceOutput(
  id: string,
  forward: ComposedModule['forward'],
  shapes: readonly (readonly number[])[],
): readonly number[] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape) => tf.zeros([2, ...shape]));
    const noRng = (): never => {
      throw kdxError('KDX_RNG_MISSING', 'A helper module draws random numbers outside training.');
    };
    const output = forward(inputs, { training: false, rng: noRng });
    expectShape(tensor(undefined, 'a tensor of float32'), output, `Module ${id}`, 'KDX_MODULE_OUTPUT');
    return output.shape.slice(1);
  });
}
