import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import type { Inputs } from './inputs.js';

type Paddings = readonly (readonly [before: number, after: number])[];

/** libtorch takes paddings from the last axis to the first. */
const pad = (scope: KernelScope, tensor: Handle, paddings: Paddings, value: number): Handle =>
  scope.call('constant_pad_nd', tensor, [...paddings].reverse().flat(), value);

/** An axis continued at both ends by its mirror image, which begins `offset` elements inside. */
function mirror(
  scope: KernelScope,
  tensor: Handle,
  axis: number,
  size: number,
  [before, after]: readonly [number, number],
  offset: 0 | 1,
): Handle {
  const image = (start: number, length: number): Handle =>
    scope.call('flip', scope.call('narrow', tensor, axis, start, length), [axis]);
  return scope.call('cat', [image(offset, before), tensor, image(size - offset - after, after)], axis);
}

/** Kernels that put what they are given into another order or place. */
export const ARRANGE_KERNELS: readonly KernelDefinition[] = [
  kernel<TensorInfo[], tf.ConcatAttrs>('Concat', (tensors, { axis }, scope) =>
    scope.call(
      'cat',
      tensors.map((tensor) => scope.of(tensor)),
      axis,
    ),
  ),

  kernel<TensorInfo[], tf.PackAttrs>('Pack', (tensors, { axis }, scope) => {
    const isOfOneType = tensors.every(({ dtype }) => dtype === tensors[0]?.dtype);
    tf.util.assert(isOfOneType, () => 'All tensors passed to stack must have matching dtypes');
    return scope.call(
      'stack',
      tensors.map((tensor) => scope.of(tensor)),
      axis,
    );
  }),

  kernel<Inputs<'x'>, tf.TileAttrs>('Tile', ({ x }, { reps }, scope) =>
    scope.call('repeat', scope.of(x), reps),
  ),

  kernel<Inputs<'x'>, tf.ReverseAttrs>('Reverse', ({ x }, { dims }, scope) =>
    scope.call('flip', scope.of(x), tf.util.parseAxisParam(dims, x.shape)),
  ),

  kernel<Inputs<'x'>, tf.PadV2Attrs>('PadV2', ({ x }, { paddings, constantValue }, scope) =>
    pad(scope, scope.of(x), paddings, constantValue),
  ),

  kernel<Inputs<'x'>, tf.MirrorPadAttrs>('MirrorPad', ({ x }, { paddings, mode }, scope) =>
    paddings.reduce(
      (tensor, ends, axis) =>
        mirror(scope, tensor, axis, x.shape[axis] as number, ends, mode === 'reflect' ? 1 : 0),
      scope.of(x),
    ),
  ),

  kernel<Inputs<'x'>, tf.SpaceToBatchNDAttrs>('SpaceToBatchND', ({ x }, { blockShape, paddings }, scope) => {
    const { getPermuted, getReshaped, getReshapedPermuted } = tf.backend_util;
    const ends = x.shape.map(
      (_, axis): [number, number] => (paddings[axis - 1] as [number, number]) ?? [0, 0],
    );
    const padded = ends.map(([before, after], axis) => before + (x.shape[axis] as number) + after);
    const size = tf.util.sizeFromShape(blockShape);
    const blocks = getReshaped(padded, blockShape, size, false);
    const split = scope.call('reshape', pad(scope, scope.of(x), ends, 0), blocks);
    const ordered = scope.call('permute', split, getPermuted(blocks.length, blockShape.length, false));
    return scope.call('reshape', ordered, getReshapedPermuted(padded, blockShape, size, false));
  }),

  kernel<Inputs<'x'>, tf.BatchToSpaceNDAttrs>('BatchToSpaceND', ({ x }, { blockShape, crops }, scope) => {
    const { getPermuted, getReshaped, getReshapedPermuted } = tf.backend_util;
    const size = tf.util.sizeFromShape(blockShape);
    const blocks = getReshaped(x.shape, blockShape, size);
    const split = scope.call('reshape', scope.of(x), blocks);
    const ordered = scope.call('permute', split, getPermuted(blocks.length, blockShape.length));
    const whole = getReshapedPermuted(x.shape, blockShape, size);
    const joined = scope.call('reshape', ordered, whole);
    return crops.reduce((part, [before, after], i) => {
      const length = (whole[i + 1] as number) - (before as number) - (after as number);
      return scope.call('narrow', part, i + 1, before, length);
    }, joined);
  }),

  kernel<Inputs<'x'>, tf.DepthToSpaceAttrs>('DepthToSpace', ({ x }, { blockSize: b, dataFormat }, scope) => {
    const [B, ...rest] = x.shape as [number, number, number, number];
    if (dataFormat === 'NHWC') {
      const [H, W, C] = rest;
      const D = C / b ** 2;
      const blocks = scope.call('reshape', scope.of(x), [B, H, W, b, b, D]);
      const ordered = scope.call('permute', blocks, [0, 1, 3, 2, 4, 5]);
      return scope.call('reshape', ordered, [B, H * b, W * b, D]);
    }
    const [C, H, W] = rest;
    const D = C / b ** 2;
    const blocks = scope.call('reshape', scope.of(x), [B, b, b, D, H, W]);
    const ordered = scope.call('permute', blocks, [0, 3, 4, 1, 5, 2]);
    return scope.call('reshape', ordered, [B, D, H * b, W * b]);
  }),
];
