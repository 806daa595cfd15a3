import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import type { Inputs } from './inputs.js';

/** `size` elements of an axis, each `stride` after the one before. A negative stride goes backwards. */
function walk(
  scope: KernelScope,
  tensor: Handle,
  axis: number,
  begin: number,
  size: number,
  stride: number,
): Handle {
  const last = begin + (size - 1) * stride;
  if (stride > 0) return scope.call('slice.Tensor', tensor, axis, begin, last + 1, stride);
  // libtorch has no negative strides.
  return scope.call('flip', scope.call('slice.Tensor', tensor, axis, last, begin + 1, -stride), [axis]);
}

/** Kernels whose results share the memory of what they are taken from, wherever libtorch can view it so. */
export const VIEW_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs<'x'>, tf.ReshapeAttrs>('Reshape', ({ x }, { shape }, scope) => {
    const size = tf.util.sizeFromShape(x.shape);
    return scope.call('reshape', scope.of(x), tf.util.inferFromImplicitShape(shape, size));
  }),

  kernel<Inputs<'input'>, tf.ExpandDimsAttrs>('ExpandDims', ({ input }, { dim }, scope) =>
    scope.call('unsqueeze', scope.of(input), dim),
  ),

  kernel<Inputs<'x'>, tf.TransposeAttrs>('Transpose', ({ x }, { perm }, scope) =>
    scope.call('permute', scope.of(x), perm),
  ),

  kernel<Inputs<'x'>, tf.SliceAttrs>('Slice', ({ x }, { begin, size }, scope) => {
    const [starts, sizes] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x, starts, sizes);
    return starts.reduce(
      (part, start, axis) =>
        sizes[axis] === x.shape[axis] ? part : scope.call('narrow', part, axis, start, sizes[axis]),
      scope.of(x),
    );
  }),

  kernel<Inputs<'x'>, tf.StridedSliceAttrs>('StridedSlice', ({ x }, attrs, scope) => {
    const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
      x.shape,
      attrs.begin,
      attrs.end,
      attrs.strides,
      attrs.beginMask,
      attrs.endMask,
      attrs.ellipsisMask,
      attrs.newAxisMask,
      attrs.shrinkAxisMask,
    );
    const part = begin.reduce((tensor, start, axis) => {
      const stride = strides[axis] as number;
      const size = Math.ceil(((end[axis] as number) - start) / stride);
      return size > 0
        ? walk(scope, tensor, axis, start, size, stride)
        : scope.call('narrow', tensor, axis, 0, 0);
    }, scope.of(x));
    return scope.call('reshape', part, finalShape);
  }),

  kernel<Inputs<'value'>, tf.UnpackAttrs>('Unpack', ({ value }, { axis }, scope) =>
    scope.callMany('unbind.int', scope.of(value), axis),
  ),

  kernel<Inputs<'x'>, tf.SplitVAttrs>('SplitV', ({ x }, { numOrSizeSplits, axis }, scope) => {
    const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
    const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along);
    return scope.callMany('split_with_sizes', scope.of(x), sizes, along);
  }),
];
