import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import { exact } from './exact.js';
import type { Inputs } from './inputs.js';

/**
 * Adds up weights by value, row by row.
 *
 * @param shape `[...rows, N]`, which x is seen as
 * @param weights as many as x has values, or none for ones
 * @returns `[...rows, size]`
 */
function count(
  scope: KernelScope,
  x: TensorInfo,
  weights: TensorInfo,
  shape: readonly number[],
  size: number,
): Handle {
  // Values from `size` on share a last bin, which is cut off.
  const bins = scope.call('clamp_max', scope.to(scope.of(x), 'int64'), size);
  const isWeighted = tf.util.sizeFromShape(weights.shape) > 0;
  const amounts = isWeighted
    ? exact(scope, weights)
    : scope.call('ones_like', bins, SCALAR_TYPE[weights.dtype as 'float32']);
  const sums = scope.call(
    'scatter_add',
    scope.call('new_zeros', amounts, [...shape.slice(0, -1), size + 1]),
    -1,
    scope.call('reshape', bins, shape),
    scope.call('reshape', amounts, shape),
  );
  return scope.call('narrow', sums, -1, 0, size);
}

/** Kernels that count values. */
export const COUNT_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs<'x' | 'weights'>, tf.BincountAttrs>('Bincount', ({ x, weights }, { size }, scope) =>
    count(scope, x, weights, [tf.util.sizeFromShape(x.shape)], size),
  ),

  kernel<Inputs<'x' | 'weights'>, tf.DenseBincountAttrs>(
    'DenseBincount',
    ({ x, weights }, { size, binaryOutput }, scope) => {
      if (!binaryOutput) return count(scope, x, weights, x.shape, size);
      const none = { ...weights, shape: [0] };
      return scope.call('clamp_max', count(scope, x, none, x.shape, size), 1);
    },
  ),
];
