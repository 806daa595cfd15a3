import type { Handle } from '../libtorch/bridge.js';
import type { KernelScope } from '../runtime/kernel.js';

/**
 * Where each value would go into its row's sorted sequence: before what equals it, or after.
 *
 * @param sequences `[B, N]`
 * @param values `[B, M]`, of the sequences' type
 * @returns `[B, M]` int32, 0 to N
 */
export const insertionPoints = (
  scope: KernelScope,
  sequences: Handle,
  values: Handle,
  side: 'left' | 'right',
): Handle =>
  scope.call(
    'searchsorted.Tensor',
    // libtorch warns on the console about strided ones.
    scope.call('contiguous', sequences),
    scope.call('contiguous', values),
    true,
    side === 'right',
  );
