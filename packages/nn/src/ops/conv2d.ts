import * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import { groupedConv2d } from './grouped-conv2d.js';
import { explicitPadding, type Pair, pair } from './shapes.js';

export interface Conv2dOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Zeros added on each side, as in PyTorch. Default 0. */
  readonly padding?: Pair;
  /** Default 1. `groups` equal to the input channels is a depthwise convolution. */
  readonly groups?: number;
}

/**
 * 2-D convolution (cross-correlation, as everywhere in deep learning) with PyTorch's symmetric padding.
 * @param x `[B, H, W, I]`
 * @param filter `[kh, kw, I/groups, O]`; a depthwise one (groups = I > 1) `[kh, kw, I, multiplier]`
 * @returns `[B, H', W', O]`, H' = ⌊(H + 2·padding − kh)/stride⌋ + 1; a depthwise one has O = I·multiplier
 * @throws KdxError `KDX_SHAPE`
 */
export function conv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride = 1, padding = 0, groups = 1 }: Conv2dOptions = {},
): tf.Tensor4D {
  checkConvolution('conv2d', x, filter, groups);
  const depthwise = groups > 1 && groups === x.shape[3];
  const strides = pair(stride);
  const pad = explicitPadding(pair(padding));
  if (depthwise) return tf.depthwiseConv2d(x, filter, strides, pad as unknown as number);
  if (groups > 1) return groupedConv2d(x, filter, { stride: strides, padding: pair(padding), groups });
  return tf.conv2d(x, filter, strides, pad);
}

/** @throws KdxError `KDX_SHAPE` when the filter is not one for `x`. */
export function checkConvolution(op: string, x: tf.Tensor4D, filter: tf.Tensor4D, groups: number): void {
  const channels = x.shape[3];
  const depthwise = groups > 1 && groups === channels;
  const fits = depthwise
    ? filter.shape[2] === channels
    : filter.shape[2] === channels / groups && filter.shape[3] % groups === 0;
  if (x.rank === 4 && filter.rank === 4 && fits) return;
  const form = depthwise ? '[kh, kw, I, multiplier]' : `[kh, kw, I/${groups}, O]`;
  throw shapeError(op, `x [B, H, W, I] and filter ${form}`, x.shape, filter.shape);
}
