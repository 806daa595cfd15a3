import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import { exact } from './exact.js';
import type { Inputs } from './inputs.js';
import { namedRows } from './named-rows.js';

const { sizeFromShape } = tf.util;

/** What is written where, in a tensor of `shape` seen as `[rows, slice]`. */
interface Scatter {
  /** `[N]` */
  readonly rows: Handle;
  /** `[N, slice]` */
  readonly values: Handle;
  readonly flat: readonly [rows: number, slice: number];
}

function scatter(scope: KernelScope, indices: TensorInfo, updates: TensorInfo, shape: number[]): Scatter {
  const { sliceRank, sliceSize, numUpdates } = tf.backend_util.calculateShapes(updates, indices, shape);
  const axes = shape.slice(0, sliceRank);
  const grid = scope.call('reshape', scope.of(indices), [numUpdates, sliceRank]);
  const given = updates.shape.length === 0 ? 1 : numUpdates;
  const values = scope.call('reshape', exact(scope, updates), [given, sliceSize]);
  return {
    rows: namedRows(scope, grid, axes),
    values: scope.call('expand', values, [numUpdates, sliceSize]),
    flat: [sizeFromShape(axes), sliceSize],
  };
}

function overwrite(
  scope: KernelScope,
  target: Handle,
  { rows, values, flat }: Scatter,
  shape: number[],
): Handle {
  const into = scope.call('reshape', target, flat);
  return scope.call('reshape', scope.call('index_copy', into, 0, scope.to(rows, 'int64'), values), shape);
}

/** Kernels that write or add by index. */
export const SCATTER_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs<'indices' | 'updates'>, tf.ScatterNdAttrs>(
    'ScatterNd',
    ({ indices, updates }, { shape }, scope) => {
      const { rows, values, flat } = scatter(scope, indices, updates, shape);
      const sums = scope.call('index_add', scope.call('new_zeros', values, flat), 0, rows, values);
      return scope.call('reshape', sums, shape);
    },
  ),

  kernel<Inputs<'tensor' | 'indices' | 'updates'>>(
    'TensorScatterUpdate',
    ({ tensor, indices, updates }, _, scope) => {
      const writes = scatter(scope, indices, updates, tensor.shape);
      return overwrite(scope, exact(scope, tensor), writes, tensor.shape);
    },
  ),

  kernel<Inputs<'sparseIndices' | 'sparseValues' | 'defaultValue'>, tf.SparseToDenseAttrs>(
    'SparseToDense',
    ({ sparseIndices, sparseValues, defaultValue }, { outputShape }, scope) => {
      const writes = scatter(scope, sparseIndices, sparseValues, outputShape);
      const dense = scope.call('expand', exact(scope, defaultValue), outputShape);
      return overwrite(scope, dense, writes, outputShape);
    },
  ),

  kernel<Inputs<'x' | 'segmentIds'>, tf.UnsortedSegmentSumAttrs>(
    'UnsortedSegmentSum',
    ({ x, segmentIds }, { numSegments }, scope) => {
      const slice = x.shape.slice(segmentIds.shape.length);
      const size = sizeFromShape(segmentIds.shape);
      const values = scope.call('reshape', exact(scope, x), [size, ...slice]);
      // Ids that are out of range add to a last row of their own, which is cut off.
      const ids = scope.call('reshape', scope.of(segmentIds), [size]);
      const clamped = scope.call('clamp', ids, -1, numSegments);
      const rows = scope.call('remainder.Scalar', clamped, numSegments + 1);
      const zeros = scope.call('new_zeros', values, [numSegments + 1, ...slice]);
      return scope.call('narrow', scope.call('index_add', zeros, 0, rows, values), 0, 0, numSegments);
    },
  ),
];
