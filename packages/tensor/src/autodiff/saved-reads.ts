import * as tf from '@tensorflow/tfjs';

/** For each input, the positions of the saved tensors whose values its gradient reads; of the others it reads the shape. */
export type SavedReads = Readonly<Record<string, readonly number[]>>;

const NOTHING = 'nothing';

/**
 * What TensorFlow.js 4.22.0's gradient functions read of what they had saved, where that is less than all. (A disposed
 * tensor keeps its shape.) A kernel that is not listed reads everything.
 */
const READS: Readonly<Record<string, SavedReads | typeof NOTHING>> = {
  Add: NOTHING,
  AddN: NOTHING,
  BatchMatMul: { a: [1], b: [0] },
  Concat: NOTHING,
  Conv2D: { x: [1], filter: [0] },
  DepthwiseConv2dNative: { x: [1], filter: [0] },
  ExpandDims: NOTHING,
  Mean: NOTHING,
  MirrorPad: NOTHING,
  Multiply: { a: [1], b: [0] },
  Pack: NOTHING,
  PadV2: NOTHING,
  RealDiv: { a: [1], b: [0, 1] },
  Reshape: NOTHING,
  Sub: NOTHING,
  Sum: NOTHING,
};

export const KERNELS_THAT_READ_LESS = Object.keys(READS);

const stock = new Map(KERNELS_THAT_READ_LESS.map((name) => [name, tf.getGradient(name)]));

const declared = new WeakMap<object, SavedReads>();

/**
 * Declares what an op's own gradient function reads, so that the rest is not kept where only some of its inputs depend
 * on a variable. Returns the function.
 */
export function declareReads<F extends object>(gradient: F, reads: SavedReads): F {
  declared.set(gradient, reads);
  return gradient;
}

/**
 * Whether the gradients of `inputs` read the values of the saved tensor at `position`.
 * @param gradient the op's own gradient function, where it has one
 */
export function isRead(
  kernelName: string,
  gradient: object | null | undefined,
  position: number,
  inputs: readonly string[],
): boolean {
  const reads = (gradient && declared.get(gradient)) ?? stockReads(kernelName);
  if (reads === undefined) return true;
  if (reads === NOTHING) return false;
  return inputs.some((input) => reads[input]?.includes(position) ?? true);
}

/** Of a gradient that someone registered in place of TensorFlow.js's nothing is known. */
const stockReads = (kernelName: string) =>
  tf.getGradient(kernelName) === stock.get(kernelName) ? READS[kernelName] : undefined;
