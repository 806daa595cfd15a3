import * as tf from '@tensorflow/tfjs';
import { recordingEngine } from './engine.js';
import { freeTape, recordTape } from './record.js';
import { walkBack } from './walk-back.js';

/**
 * Value of `f` and its gradient for each variable, undefined for one that it does not depend on; what
 * `tf.engine().gradients` gives, with less kept alive: what no gradient reads is freed in the forward pass, and what one
 * read as soon as it is used. Results belong to the open scope.
 *
 * Inside another gradient TensorFlow.js's own backward pass runs, because the outer one still needs everything.
 * @throws KdxError `KDX_NO_GRADIENT`, `KDX_GRADIENT_INVALID`, `KDX_TFJS_INTERNALS`; nothing is left behind
 */
export function valueAndGradients(
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
): { value: tf.Scalar; gradients: (tf.Tensor | undefined)[] } {
  if (recordingEngine().state.gradientDepth > 0) {
    const { value, grads } = tf.engine().gradients(f, [...variables], undefined, true);
    return { value, gradients: grads.map((gradient: tf.Tensor | null) => gradient ?? undefined) };
  }
  const { value, tape } = recordTape(variables, f);
  try {
    const gradients = tf.tidy(() => {
      const incoming = walkBack(tape, value);
      const taken = new Map(variables.map((variable) => [variable.id, incoming.take(variable)]));
      return variables.map(({ id }) => taken.get(id) ?? undefined) as tf.Tensor[];
    });
    return { value, gradients };
  } finally {
    freeTape(tape);
  }
}
