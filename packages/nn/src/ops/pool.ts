import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { type Pair, pair } from './shapes.js';

export interface PoolOptions {
  /** Default: the window, so that windows do not overlap. */
  readonly stride?: Pair;
  /** Added on each side, as in PyTorch; at most half the window. Default 0. */
  readonly padding?: Pair;
  /** Rounds the output size up, so that a last, partial window counts. Default false. */
  readonly ceilMode?: boolean;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether padded zeros count as elements of the mean, as is PyTorch's default. Default true. */
  readonly countIncludePad?: boolean;
}

/**
 * Largest value in each window; padding never wins.
 * @param x `[B, H, W, C]`
 * @returns `[B, H', W', C]`
 * @throws KdxError `KDX_SHAPE`
 */
export function maxPool(x: tf.Tensor4D, window: Pair, options: PoolOptions = {}): tf.Tensor4D {
  const { size, strides, pads } = geometry('maxPool', x, window, options);
  return tf.maxPool(x, size, strides, pads);
}

/**
 * Mean of each window.
 * @param x `[B, H, W, C]`
 * @returns `[B, H', W', C]`
 * @throws KdxError `KDX_SHAPE`
 */
export function avgPool(x: tf.Tensor4D, window: Pair, options: AvgPoolOptions = {}): tf.Tensor4D {
  const { size, strides, pads, extra } = geometry('avgPool', x, window, options);
  const [height, width] = pair(options.padding ?? 0);
  const padded = height > 0 || width > 0;
  // TensorFlow.js leaves padding out of the mean, so zeros that count must be real ones.
  if (!padded || options.countIncludePad === false) return tf.avgPool(x, size, strides, pads);
  const zeros: [number, number][] = [
    [0, 0],
    [height, height],
    [width, width],
    [0, 0],
  ];
  return tf.avgPool(tf.pad(x, zeros), size, strides, extra);
}

/**
 * Mean over height and width.
 * @param x `[B, H, W, C]`
 * @returns `[B, C]`
 */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  const [B, H, W, C] = x.shape;
  return differentiate({
    inputs: { x: x as tf.Tensor },
    forward: () => tf.mean(x, [1, 2]) as tf.Tensor2D,
    backward: (dy) => ({
      x: () => tf.tile(tf.reshape(tf.div(dy, H * W), [B, 1, 1, C]), [1, H, W, 1]),
    }),
  });
}

type Explicit = tf.backend_util.ExplicitPadding;

function geometry(op: string, x: tf.Tensor4D, window: Pair, options: PoolOptions) {
  const size = pair(window);
  const strides = pair(options.stride ?? window);
  const padding = pair(options.padding ?? 0);
  if (x.rank !== 4 || padding.some((pad, axis) => pad > size[axis] / 2)) {
    throw shapeError(op, 'x [B, H, W, C] and a padding of at most half the window', x.shape, size, padding);
  }
  const trailing = [0, 1].map((axis) => {
    if (!options.ceilMode) return 0;
    return trailingPad(x.shape[axis + 1], size[axis], strides[axis], padding[axis]);
  });
  const square = size[0] === size[1] && strides[0] === strides[1];
  const pads = (before: readonly number[]): Explicit | number => {
    // One number is right for a square window only: see findings/tfjs-padding-by-one-number.sh.
    if (square && trailing[0] === 0 && trailing[1] === 0 && before[0] === before[1]) return before[0];
    return [
      [0, 0],
      [before[0], before[0] + trailing[0]],
      [before[1], before[1] + trailing[1]],
      [0, 0],
    ];
  };
  return { size, strides, pads: pads(padding), extra: pads([0, 0]) };
}

/** What `ceilMode` adds behind an axis. PyTorch drops a last window that would start in the padding behind. */
function trailingPad(length: number, window: number, stride: number, padding: number): number {
  let outputs = Math.ceil((length + 2 * padding - window) / stride) + 1;
  if ((outputs - 1) * stride >= length + padding) outputs -= 1;
  return Math.max(0, (outputs - 1) * stride + window - (length + 2 * padding));
}
