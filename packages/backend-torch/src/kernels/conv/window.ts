import type { backend_util } from '@tensorflow/tfjs';

/** A window that moves over the spatial axes of an image or volume; each list has one entry per axis. */
export interface Window {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Padding before the first element. What comes after the last follows from the other sizes. */
  readonly before: readonly number[];
}

export const window2d = (info: backend_util.Conv2DInfo): Window => ({
  input: [info.inHeight, info.inWidth],
  output: [info.outHeight, info.outWidth],
  size: [info.filterHeight, info.filterWidth],
  stride: [info.strideHeight, info.strideWidth],
  dilation: [info.dilationHeight, info.dilationWidth],
  before: [info.padInfo.top, info.padInfo.left],
});

export const window3d = (info: backend_util.Conv3DInfo): Window => ({
  input: [info.inDepth, info.inHeight, info.inWidth],
  output: [info.outDepth, info.outHeight, info.outWidth],
  size: [info.filterDepth, info.filterHeight, info.filterWidth],
  stride: [info.strideDepth, info.strideHeight, info.strideWidth],
  dilation: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
  before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
});

/** How far a window reaches along an axis. */
const extent = ({ size, dilation }: Window, axis: number): number => dilation[axis] * (size[axis] - 1) + 1;

/** Whether the windows fit along an axis when both sides are padded alike, which is all that libtorch does. */
export function isSymmetric(window: Window, axis: number): boolean {
  const reach = window.input[axis] + 2 * window.before[axis] - extent(window, axis);
  return Math.floor(reach / window.stride[axis]) + 1 === window.output[axis];
}

/** The same under libtorch's `ceil_mode`, which lets the last window hang over the end of a pool's input. */
export function isSymmetricOverhanging(window: Window, axis: number): boolean {
  const [before, stride] = [window.before[axis], window.stride[axis]];
  const last = Math.ceil((window.input[axis] + 2 * before - extent(window, axis)) / stride);
  const seesSomething = last * stride < window.input[axis] + before;
  return (seesSomething ? last + 1 : last) === window.output[axis];
}

/** Padding after the last element that the last window needs. */
export function paddingAfter(window: Window, axis: number): number {
  const end = (window.output[axis] - 1) * window.stride[axis] + extent(window, axis);
  return Math.max(0, end - window.input[axis] - window.before[axis]);
}

/** Paddings of the spatial axes as `constant_pad_nd` wants them for channels-first tensors: the last axis first. */
export const padList = (before: readonly number[], after: readonly number[]): number[] =>
  before
    .map((amount, axis) => [amount, after[axis]])
    .reverse()
    .flat();
