import * as tf from '@tensorflow/tfjs';

/** `[..., D]` → `[M, D]`. */
export const toMatrix = (x: tf.Tensor): tf.Tensor2D => {
  const width = x.shape[x.rank - 1];
  return tf.reshape(x, [width === 0 ? 0 : x.size / width, width]);
};

/** Sums `[..., D]` to `[D]`. */
export const sumRows = (x: tf.Tensor): tf.Tensor1D => tf.sum(toMatrix(x), 0);

/** Undoes broadcasting: sums `x` over the axes along which `shape` is 1. Ranks are equal. A new tensor. */
export function sumToShape(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = shape.flatMap((size, axis) => (size === 1 && x.shape[axis] !== 1 ? [axis] : []));
  return axes.length === 0 ? tf.clone(x) : tf.sum(x, axes, true);
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** A number for both axes, or one per axis. */
export type Pair = number | readonly [height: number, width: number];

export const pair = (value: Pair): [number, number] =>
  typeof value === 'number' ? [value, value] : [value[0], value[1]];

/**
 * TensorFlow.js's form of symmetric zero padding, also for equal sides: a number would not do
 * (findings/tfjs-padding-by-one-number.sh).
 */
export const explicitPadding = ([height, width]: readonly [
  number,
  number,
]): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [height, height],
  [width, width],
  [0, 0],
];
