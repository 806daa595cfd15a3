import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../../libtorch/bridge.js';
import type { KernelScope } from '../../runtime/kernel.js';
import {
  isSymmetric,
  isSymmetricOverhanging,
  paddingAfter,
  type Window,
  window2d,
  window3d,
} from '../conv/window.js';

/** Attributes of all pools of TensorFlow.js, over two or three axes. */
export interface PoolAttributes {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];

/** The windows of a pool over `[B, …spatial, C]`. */
export function poolWindow({ shape }: TensorInfo, attrs: PoolAttributes): Window {
  // Either list has as many entries as there are axes, and only images have explicit padding.
  const [size, strides] = [attrs.filterSize, attrs.strides] as [number, number];
  const { pad, dimRoundingMode } = attrs;
  const { computePool2DInfo, computePool3DInfo } = tf.backend_util;
  if (shape.length === 4) {
    return window2d(computePool2DInfo(shape as Shape4D, size, strides, 1, pad, dimRoundingMode));
  }
  return window3d(computePool3DInfo(shape as Shape5D, size, strides, 1, pad as number, dimRoundingMode));
}

/** Whether a pool is the identity. TensorFlow.js takes it for one whatever the strides and the padding are. */
export const isTrivial = ({ size, input, output }: Window): boolean =>
  size.every((length) => length === 1) && input.every((length, axis) => length === output[axis]);

/** Whether no window fits into the input. */
export const isEmpty = ({ output }: Window): boolean => output.includes(0);

/** The result of a pool without windows. */
export const emptyPool = (scope: KernelScope, { shape }: TensorInfo, { output }: Window): Handle =>
  scope.upload(new Float32Array(0), [shape[0], ...output, shape[shape.length - 1]], 'float32');

/** How libtorch is to pool: with padding of its own, or on an input that has a border already. */
export interface PoolPlan {
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
  readonly border?: { readonly before: readonly number[]; readonly after: readonly number[] };
}

/** Avoids a border, which is a copy, where it can: libtorch pads both sides alike, by half a window at most. */
export function poolPlan(window: Window): PoolPlan {
  const axes = window.size.map((_, axis) => axis);
  const isAllowed = axes.every((axis) => 2 * window.before[axis] <= window.size[axis]);
  const none = axes.map(() => 0);
  if (isAllowed && axes.every((axis) => isSymmetric(window, axis))) {
    return { padding: window.before, ceilMode: false };
  }
  if (isAllowed && axes.every((axis) => isSymmetricOverhanging(window, axis))) {
    return { padding: window.before, ceilMode: true };
  }
  const after = axes.map((axis) => paddingAfter(window, axis));
  return { padding: none, ceilMode: false, border: { before: window.before, after } };
}
