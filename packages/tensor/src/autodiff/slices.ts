import * as tf from '@tensorflow/tfjs';

/** The gradient of one slice of a tensor. */
export interface SliceGradient {
  /** Where the slice begins on each axis. */
  readonly begin: readonly number[];
  /** Of the slice's shape. */
  readonly gradient: tf.Tensor;
}

/**
 * The gradient of a tensor of `shape` from those of its slices, whose order does not matter. Slices side by side along
 * one axis become one concatenation; one alone, or slices that overlap, are padded with zeros. A new tensor.
 */
export function joinSlices(slices: readonly SliceGradient[], shape: readonly number[]): tf.Tensor {
  const axis = slices.length > 1 ? commonAxis(slices, shape) : undefined;
  if (axis === undefined) {
    return slices.map((slice) => padded(slice, shape)).reduce((sum, next) => tf.add(sum, next));
  }
  const parts: tf.Tensor[] = [];
  let end = 0;
  const fillTo = (position: number): void => {
    if (position > end) parts.push(tf.fill(replaced(shape, axis, position - end), 0));
  };
  for (const { begin, gradient } of [...slices].sort((a, b) => a.begin[axis] - b.begin[axis])) {
    fillTo(begin[axis]);
    parts.push(gradient);
    end = begin[axis] + gradient.shape[axis];
  }
  fillTo(shape[axis]);
  return tf.concat(parts, axis);
}

/** The axis along which the slices lie side by side, each whole on every other axis. */
function commonAxis(slices: readonly SliceGradient[], shape: readonly number[]): number | undefined {
  const axis = shape.findIndex((size, i) => slices.some(({ gradient }) => gradient.shape[i] !== size));
  if (axis < 0) return undefined;
  const whole = slices.every(({ gradient }) =>
    gradient.shape.every((size, i) => i === axis || size === shape[i]),
  );
  const spans = slices.map(({ begin, gradient }) => [begin[axis], begin[axis] + gradient.shape[axis]]);
  spans.sort(([a], [b]) => a - b);
  const apart = spans.every(([begin], i) => i === 0 || spans[i - 1][1] <= begin);
  return whole && apart ? axis : undefined;
}

function padded({ begin, gradient }: SliceGradient, shape: readonly number[]): tf.Tensor {
  if (gradient.size === tf.util.sizeFromShape([...shape])) return tf.clone(gradient);
  const paddings = begin.map((before, axis): [number, number] => [
    before,
    shape[axis] - before - gradient.shape[axis],
  ]);
  return tf.pad(gradient, paddings);
}

const replaced = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((old, i) => (i === axis ? size : old));
