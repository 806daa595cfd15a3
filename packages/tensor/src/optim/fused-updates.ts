import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../backend/fused.js';

/** Runs one of the kernels; {@link own} must have seen the variables that it writes. */
export function runUpdate(
  kernel: string,
  lists: readonly (readonly tf.Tensor[])[],
  attributes: Readonly<Record<string, unknown>>,
): tf.Tensor[] {
  return runKernel(kernel, lists.flat() as unknown as tf.NamedTensorMap, {
    count: lists[0].length,
    ...attributes,
  });
}

/** Gives each variable a data id of its own where a clone or reshape shares it. Inside a tidy scope. */
export function own(variables: readonly tf.Variable[]): readonly tf.Variable[] {
  for (const variable of variables) if (isShared(variable)) variable.assign(tf.mul(variable, 1));
  return variables;
}

/** Whether another tensor has the same data id. */
export const isShared = ({ dataId }: tf.Tensor): boolean => tf.backend().refCount(dataId) > 1;

/** Splits updates into groups that a kernel takes at once, in the order of their first members. */
export function groupsOf<T>(updates: readonly T[], keyOf: (update: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const update of updates) {
    const key = keyOf(update);
    const group = groups.get(key);
    if (group) group.push(update);
    else groups.set(key, [update]);
  }
  return [...groups.values()];
}
