import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import type { Inputs } from './inputs.js';
import { namedRows } from './named-rows.js';

const { sizeFromShape } = tf.util;

/** What libtorch's refusal of an index becomes: TensorFlow.js's own, which says where and what. */
function inRange(scope: KernelScope, indices: TensorInfo, size: number, pick: () => Handle): Handle {
  try {
    return pick();
  } catch (error) {
    const outside = Array.from(scope.read(indices)).find((index) => index < 0 || index >= size);
    if (outside === undefined) throw error;
    throw new Error(`GatherV2: the index value ${outside} is not in [0, ${size - 1}]`, { cause: error });
  }
}

/** Kernels that pick by index. */
export const GATHER_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs<'x' | 'indices'>, tf.GatherV2Attrs>('GatherV2', ({ x, indices }, attrs, scope) => {
    const [axis] = tf.util.parseAxisParam(attrs.axis, x.shape) as [number];
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, attrs.batchDims);
    const index = scope.of(indices);
    if (attrs.batchDims === 0) {
      const picked = inRange(scope, indices, dimSize, () =>
        scope.call('index_select', scope.of(x), axis, scope.call('reshape', index, [-1])),
      );
      return scope.call('reshape', picked, outputShape);
    }
    const perBatch = sizeFromShape(indices.shape) / batchSize;
    const data = scope.call('reshape', scope.of(x), [batchSize, outerSize, dimSize, sliceSize]);
    const grid = scope.call('reshape', scope.to(index, 'int64'), [batchSize, 1, perBatch, 1]);
    const everywhere = scope.call('expand', grid, [batchSize, outerSize, perBatch, sliceSize]);
    const picked = inRange(scope, indices, dimSize, () => scope.call('gather', data, 2, everywhere));
    return scope.call('reshape', picked, outputShape);
  }),

  kernel<Inputs<'params' | 'indices'>>('GatherNd', ({ params, indices }, _, scope) => {
    const depth = indices.shape.at(-1) as number;
    const axes = params.shape.slice(0, depth);
    const slice = params.shape.slice(depth);
    const data = scope.call('reshape', scope.of(params), [sizeFromShape(axes), ...slice]);
    const picked = scope.call('index_select', data, 0, namedRows(scope, scope.of(indices), axes));
    return scope.call('reshape', picked, [...indices.shape.slice(0, -1), ...slice]);
  }),
];
