import * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { convBatchNorm } from '../ops/conv-batch-norm.js';
import { addOver, reluOver } from '../ops/overwrite.js';
import { BatchNorm2d } from './batch-norm.js';
import type { Link } from './chain.js';
import { Conv2d } from './conv2d.js';
import { preActivation } from './layer.js';

export interface ConvBatchNormLinksOptions {
  /** Computes the summand that is added after the normalisation, `[B, H', W', O]`. */
  readonly residual?: () => tf.Tensor;
  /** Whether a ReLU comes last. Default false. */
  readonly relu?: boolean;
  /** Path of the layer whose output this ReLU gives: the ReLU's input is the tap `path:pre`. */
  readonly ends?: string;
  /** Is called with the ReLU's input, which it may not keep. If it is set, the layers run one by one. */
  readonly before?: (y: tf.Tensor) => void;
}

/**
 * A convolution, its batch norm, and what follows, as links of a {@link chain}. In inference, when no tap between them is
 * wanted, they are one op that a back end may fuse; otherwise they run layer by layer, with every tap.
 */
export function convBatchNormLinks(
  conv: Conv2d,
  norm: BatchNorm2d,
  call: ForwardCall,
  { residual, relu = false, ends, before }: ConvBatchNormLinksOptions = {},
): Link[] {
  const pre = relu && ends !== undefined && ends !== '' ? preActivation(ends) : undefined;
  if (!before && canPassOver(conv, norm, call, pre)) {
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
    ...(pre ? [recording(pre, call)] : []),
    ...(before ? [showing(before)] : []),
    ...(relu ? [(y: tf.Tensor) => reluOver(y)] : []),
  ];
}

/** Hands on what passes, and shows it. */
const showing =
  (show: (y: tf.Tensor) => void): Link =>
  (y) => {
    show(y);
    return y;
  };

/** A link that hands on what passes and records it as a tap. */
export const recording = (path: string, { taps }: ForwardCall): Link => showing((y) => taps?.record(path, y));

function canPassOver(
  conv: Conv2d,
  norm: BatchNorm2d,
  { training, taps }: ForwardCall,
  pre: string | undefined,
): boolean {
  // A subclass may compute something other than the fused op does.
  const known = conv.constructor === Conv2d && norm.constructor === BatchNorm2d;
  if (training || conv.bias || !known) return false;
  const paths = [conv.path, norm.path].flatMap((path) => [`${path}:in`, path]);
  return taps?.passOver(pre === undefined ? paths : [...paths, pre]) ?? true;
}
