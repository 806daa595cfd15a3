import { backend_util } from '@tensorflow/tfjs';
import type { ConvInfo } from './geometry.js';

type PoolParameters = Parameters<typeof backend_util.computePool2DInfo>;

/** Attributes that the pooling kernels and their gradients share. */
export interface PoolAttrs {
  readonly filterSize: PoolParameters[1];
  readonly strides: PoolParameters[2];
  readonly pad: PoolParameters[4];
  readonly dimRoundingMode?: PoolParameters[5];
}

/** Sizes of a pooling over NHWC. */
export const poolInfoOf = (shape: readonly number[], attrs: PoolAttrs): ConvInfo =>
  backend_util.computePool2DInfo(
    shape as PoolParameters[0],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
