import * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { convBatchNorm } from '../ops/conv-batch-norm.js';
import { addOver, reluOver } from '../ops/overwrite.js';
import { BatchNorm2d } from './batch-norm.js';
import type { Link } from './chain.js';
import { Conv2d } from './conv2d.js';

export interface ConvBatchNormLinksOptions {
  /** Computes what is added after the normalisation, `[B, H', W', O]`. */
  readonly residual?: () => tf.Tensor;
  /** Whether a ReLU comes last. Default false. */
  readonly relu?: boolean;
}

/**
 * A convolution, its batch norm, and what follows, as links of a {@link chain}. In inference, when nobody taps what is
 * between, they are one op that a back end may fuse; else layer by layer, with every tap.
 */
export function convBatchNormLinks(
  conv: Conv2d,
  norm: BatchNorm2d,
  call: ForwardCall,
  { residual, relu = false }: ConvBatchNormLinksOptions = {},
): Link[] {
  if (canPassOver(conv, norm, call)) {
    return [
      (x) => {
        const shortcut = residual?.() as tf.Tensor4D | undefined;
        const { weight: gamma, bias: beta, runningMean: mean, runningVar: variance, epsilon } = norm;
        const filter = conv.weight as tf.Variable<tf.Rank.R4>;
        const options = { ...conv.options, residual: shortcut, relu };
        return convBatchNorm(x as tf.Tensor4D, filter, { gamma, beta, mean, variance, epsilon }, options);
      },
    ];
  }
  return [
    conv,
    norm,
    ...(residual ? [(y: tf.Tensor) => addOver(y, residual())] : []),
    ...(relu ? [(y: tf.Tensor) => reluOver(y)] : []),
  ];
}

function canPassOver(conv: Conv2d, norm: BatchNorm2d, { training, taps }: ForwardCall): boolean {
  // A subclass computes something else than the op knows.
  const known = conv.constructor === Conv2d && norm.constructor === BatchNorm2d;
  if (training || conv.bias || !known) return false;
  const paths = [conv.path, norm.path].flatMap((path) => [`${path}:in`, path]);
  return taps?.passOver(paths) ?? true;
}
