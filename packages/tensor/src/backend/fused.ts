import * as tf from '@tensorflow/tfjs';

/** Whether the current back end registered its own kernel of this name, e.g. `KdxLinear`. */
export const hasKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Runs a back end's own kernel. Inputs are tensors; what it returns is owned by the open scope. */
export function runKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: Readonly<Record<string, unknown>> = {},
): tf.Tensor[] {
  const result: unknown = tf.engine().runKernel(name, inputs, attributes as unknown as tf.NamedAttrMap);
  return (Array.isArray(result) ? result : [result]) as tf.Tensor[];
}
