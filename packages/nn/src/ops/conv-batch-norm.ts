import * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import { batchNormInference } from './batch-norm.js';
import { type Conv2dOptions, checkConvolution, conv2d } from './conv2d.js';
import { fused } from './fused.js';
import { pair, sameShape } from './shapes.js';

/** Batch normalisation with given statistics; all vectors are `[O]`. */
export interface FrozenNorm {
  readonly gamma: tf.Tensor1D;
  readonly beta: tf.Tensor1D;
  readonly mean: tf.Tensor1D;
  /** Population variance. */
  readonly variance: tf.Tensor1D;
  /** Default 1e-5, as in PyTorch. */
  readonly epsilon?: number;
}

export interface ConvBatchNormOptions extends Conv2dOptions {
  /** Added after the normalisation, `[B, H', W', O]`. */
  readonly residual?: tf.Tensor4D;
  /** Whether a ReLU comes last. Default false. */
  readonly relu?: boolean;
}

/**
 * Inference form of a convolution with batch norm: `act(norm(conv2d(x, filter)) + residual)`. While ops are recorded, or
 * where the back end has no kernel for it, it is that composition, with its gradients.
 * @param x `[B, H, W, I]`
 * @param filter as in `conv2d`
 * @returns `[B, H', W', O]`
 * @throws KdxError `KDX_SHAPE`
 */
export function convBatchNorm(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { gamma, beta, mean, variance, epsilon = 1e-5 }: FrozenNorm,
  { residual, relu = false, ...options }: ConvBatchNormOptions = {},
): tf.Tensor4D {
  const { stride = 1, padding = 0, groups = 1 } = options;
  checkConvolution('convBatchNorm', x, filter, groups);
  const channels = groups > 1 && groups === x.shape[3] ? groups * filter.shape[3] : filter.shape[3];
  const vectors = [gamma, beta, mean, variance].every(({ shape }) => sameShape(shape, [channels]));
  if (!vectors || (residual && residual.shape[3] !== channels)) {
    const found = [gamma, beta, mean, variance, ...(residual ? [residual] : [])].map(({ shape }) => shape);
    throw shapeError(
      'convBatchNorm',
      `vectors [${channels}] and a residual [B, H', W', ${channels}]`,
      ...found,
    );
  }
  const inputs = { x, filter, gamma, beta, mean, variance, residual };
  const attributes = { stride: pair(stride), padding: pair(padding), groups, epsilon, relu };
  const kernel = fused('KdxFrozenConv', inputs, attributes);
  if (kernel) return kernel[0] as tf.Tensor4D;
  // Nested, so that each result goes as soon as the next is there.
  const normed = () =>
    tf.tidy(() => batchNormInference(conv2d(x, filter, options), gamma, beta, mean, variance, epsilon));
  const sum = () => (residual ? tf.tidy(() => tf.add(normed(), residual)) : normed());
  return (relu ? tf.tidy(() => tf.relu(sum())) : sum()) as tf.Tensor4D;
}
