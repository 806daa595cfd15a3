import type * as tf from '@tensorflow/tfjs';
import type { ComposedModule, Composition } from '../compose/composition.js';
import { HookDriver } from '../compose/hook-driver.js';
import type { Ref } from '../contracts/term.js';

/** The same run, telling `see` of every tensor that a term or helper module reads, on the tape. */
export function observed(composition: Composition, see: (ref: Ref, tensor: tf.Tensor) => void): Composition {
  const terms = composition.terms.map((term) => ({
    ...term,
    compute: (step: Parameters<typeof term.compute>[0]): tf.Scalar => {
      for (const ref of term.reads.keys()) see(ref, step.read(ref));
      return term.compute(step);
    },
  }));
  const modules = new Map(
    [...composition.modules].map(([id, module]): [string, ComposedModule] => [
      id,
      {
        ...module,
        forward: (inputs, call) => {
          [...module.inputs.keys()].forEach((ref, index) => {
            see(ref, inputs[index]);
          });
          return module.forward(inputs, call);
        },
      },
    ]),
  );
  return { ...composition, terms, modules };
}

/** The same run without what plugins contribute to hooks: the loss is the sum of its terms and nothing else. */
export const withoutHooks = (composition: Composition): Composition => ({
  ...composition,
  hooks: new HookDriver(),
});
