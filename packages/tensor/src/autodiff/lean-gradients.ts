import * as tf from '@tensorflow/tfjs';
import type { GradientFunction } from './engine.js';
import { reluGradient } from './relu-gradient.js';
import { joinSlices } from './slices.js';

/** An op as it is recorded. */
export interface RecordedOp {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly attributes: tf.NamedAttrMap;
}

/** A gradient that keeps or computes less than TensorFlow.js's own. */
export interface LeanGradient {
  /** What it keeps in place of what TensorFlow.js saved. */
  readonly save: readonly tf.Tensor[];
  readonly gradient: GradientFunction;
  /** For a slice: where it begins in its input. */
  readonly begin?: readonly number[];
}

type Make = (op: RecordedOp) => LeanGradient | undefined;

/** Of `dy`, spread over the axes that were summed away. TensorFlow.js multiplies by a tensor of ones. */
const ofSum = ({ inputs: { x }, attributes }: RecordedOp, divide: boolean): LeanGradient | undefined => {
  const { shape } = x;
  if (x.size === 0) return undefined;
  const axes = tf.util.parseAxisParam(attributes.axis as number | number[], shape);
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const count = axes.reduce((product, axis) => product * shape[axis], 1);
  const spread = (dy: tf.Tensor) => tf.broadcastTo(tf.reshape(dy, kept), shape);
  return {
    save: [],
    gradient: (dy) => ({ x: () => spread(divide ? tf.div(dy as tf.Tensor, count) : (dy as tf.Tensor)) }),
  };
};

const MAKE: Readonly<Record<string, Make>> = {
  // Its output, which the next op saves too; TensorFlow.js keeps the input, which often no other op needs.
  Relu: ({ outputs: [y] }) => ({
    save: [y],
    gradient: (dy, [y]) => ({ x: () => reluGradient(dy as tf.Tensor, y) }),
  }),

  // TensorFlow.js's own hands back another shape where the axis is not the last.
  Cumsum: ({ attributes: { axis, exclusive, reverse } }) => ({
    save: [],
    gradient: (dy) => ({
      x: () => tf.cumsum(dy as tf.Tensor, axis as number, exclusive as boolean, !reverse),
    }),
  }),

  // The walk gathers slices of one tensor by where they begin; TensorFlow.js pads each.
  Slice: ({ inputs: { x }, attributes }) => {
    const { shape } = x;
    const [begin] = tf.slice_util.parseSliceParams(
      x,
      attributes.begin as number[],
      attributes.size as number[],
    );
    const gradient: GradientFunction = (dy) => ({
      x: () => joinSlices([{ begin, gradient: dy as tf.Tensor }], shape),
    });
    return { save: [], begin, gradient };
  },

  Sum: (op) => ofSum(op, false),
  Mean: (op) => ofSum(op, true),

  // A sum per repeated axis; TensorFlow.js adds up one slice per repetition, and only to rank 4.
  Tile: ({ inputs: { x }, attributes }) => {
    const { shape } = x;
    const reps = attributes.reps as number[];
    if (x.size === 0 || reps.includes(0)) return undefined;
    return { save: [], gradient: (dy) => ({ x: () => foldTiles(dy as tf.Tensor, shape, reps) }) };
  },
};

const stock = new Map(Object.keys(MAKE).map((name) => [name, tf.getGradient(name)]));

export const KERNELS_WITH_LEAN_GRADIENTS = Object.keys(MAKE);

/** kdx's own gradient of an op, where it has one and no other gradient is registered in place of TensorFlow.js's. */
export const leanGradient = (kernelName: string, op: RecordedOp): LeanGradient | undefined =>
  MAKE[kernelName] && tf.getGradient(kernelName) === stock.get(kernelName) ? MAKE[kernelName](op) : undefined;

/** Adds up the repetitions in `dy` of a tensor of `shape`. */
function foldTiles(dy: tf.Tensor, shape: readonly number[], reps: readonly number[]): tf.Tensor {
  let folded = dy;
  reps.forEach((count, axis) => {
    if (count === 1) return;
    const before = folded.shape.slice(0, axis);
    const after = folded.shape.slice(axis + 1);
    const size = (sizes: readonly number[]) => sizes.reduce((product, n) => product * n, 1);
    const split = tf.reshape(folded, [size(before), count, shape[axis] * size(after)]);
    folded = tf.reshape(tf.sum(split, 1), [...before, shape[axis], ...after]);
  });
  return folded === dy ? tf.clone(dy) : folded;
}
