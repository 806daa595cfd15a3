import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import type { Inputs } from './inputs.js';
import { insertionPoints } from './insertion-points.js';

/** Kernels that sort and search. */
export const SEARCH_KERNELS: readonly KernelDefinition[] = [
  // Of equal values the first comes first, which libtorch's own topk does not promise.
  kernel<Inputs<'x'>, tf.TopKAttrs>('TopK', ({ x }, { k }, scope) => {
    const sorted = scope.callMany('sort.stable', scope.of(x), true, -1, true);
    return sorted.map((all) => scope.call('contiguous', scope.call('narrow', all, -1, 0, k)));
  }),

  kernel<Inputs<'sortedSequence' | 'values'>, tf.SearchSortedAttrs>(
    'SearchSorted',
    ({ sortedSequence, values }, { side }, scope) => {
      const type = tf.backend_util.upcastType(sortedSequence.dtype, values.dtype) as 'float32';
      const [sequences, sought] = [sortedSequence, values].map((input) => scope.to(scope.of(input), type));
      return insertionPoints(scope, sequences as Handle, sought as Handle, side);
    },
  ),
];
