import type { Parameter } from '@kdx/tensor';
import { valueAndGradients as ofVariables } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/**
 * Value of `loss` and its gradient for each parameter that it reaches; a parameter it does not reach has no entry, so
 * the optimiser leaves it alone (a zero gradient would still decay it).
 */
export function valueAndGradients(
  loss: () => tf.Scalar,
  parameters: ReadonlyMap<string, Parameter>,
): { value: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const variables = [...parameters.values()].map(({ variable }) => variable);
  const { value, gradients: found } = ofVariables(loss, variables);
  const gradients = new Map<string, tf.Tensor>();
  [...parameters.keys()].forEach((name, index) => {
    const gradient = found[index];
    if (gradient) gradients.set(name, gradient);
  });
  return { value, gradients };
}
