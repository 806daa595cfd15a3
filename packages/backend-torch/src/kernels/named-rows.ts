import type { Handle } from '../libtorch/bridge.js';
import type { KernelScope } from '../runtime/kernel.js';

/**
 * The rows that indices of several axes name, in row-major order.
 *
 * @param indices `[..., K]`
 * @param axes lengths of the K axes
 * @returns `[N]`, each between 0 and the product of `axes`
 */
export function namedRows(scope: KernelScope, indices: Handle, axes: readonly number[]): Handle {
  const [first, ...others] = scope.callMany('unbind.int', indices, -1) as [Handle, ...Handle[]];
  const rows = others.reduce((row, index, i) => scope.call('add.Tensor', index, row, axes[i + 1]), first);
  return scope.call('reshape', rows, [-1]);
}
