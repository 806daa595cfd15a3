import * as tf from '@tensorflow/tfjs';
import type { Parameter } from '../contracts/parameter.js';

/**
 * Value of `loss` and its gradient for each parameter that it reaches; a parameter it does not reach has no entry, so
 * the optimiser leaves it alone (a zero gradient would still decay it).
 */
export function valueAndGradients(
  loss: () => tf.Scalar,
  parameters: ReadonlyMap<string, Parameter>,
): { value: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const variables = [...parameters.values()].map(({ variable }) => variable as tf.Tensor);
  const { value, grads } = onTape(() => tf.engine().gradients(loss, variables, undefined, true));
  const gradients = new Map<string, tf.Tensor>();
  [...parameters.keys()].forEach((name, index) => {
    const gradient = grads[index] as tf.Tensor | null;
    if (gradient) gradients.set(name, gradient);
  });
  return { value, gradients };
}

/** TensorFlow.js keeps what a forward saved for its backward when that forward throws: a whole step's activations. */
function onTape<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) for (const tensor of saved ?? []) tensor.dispose();
      state.activeTape = null as unknown as typeof state.activeTape;
    }
    throw error;
  }
}
