import type { Initializer, ParameterLayout, Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { torchDefault, uniform } from '../init/initializers.js';
import { type Conv2dOptions as ConvolutionOptions, conv2d } from '../ops/conv2d.js';
import { type Pair, pair } from '../ops/shapes.js';
import { Layer } from './layer.js';

export interface Conv2dLayerOptions extends ConvolutionOptions {
  /** Default true, as in PyTorch. */
  readonly bias?: boolean;
  /** Default PyTorch's, U(±1/√fan-in). */
  readonly weightInit?: Initializer;
  /** Default PyTorch's, U(±1/√fan-in). */
  readonly biasInit?: Initializer;
}

/**
 * `[B, H, W, in]` → `[B, H', W', out]`. Parameters `weight` `[kh, kw, in/groups, out]`, or `[kh, kw, in, out/in]` when
 * depthwise, and `bias` `[out]`.
 */
export class Conv2d extends Layer {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;
  readonly options: ConvolutionOptions;

  constructor(
    scope: Scope,
    channelsIn: number,
    channelsOut: number,
    kernel: Pair,
    options: Conv2dLayerOptions = {},
  ) {
    super(scope);
    const { bias = true, groups = 1, stride, padding } = options;
    this.options = { stride, padding, groups };
    const [kh, kw] = pair(kernel);
    const depthwise = groups > 1 && groups === channelsIn;
    const layout: ParameterLayout = depthwise ? 'depthwise' : 'conv';
    const shape = depthwise
      ? [kh, kw, channelsIn, channelsOut / channelsIn]
      : [kh, kw, channelsIn / groups, channelsOut];
    const fanIn = kh * kw * (channelsIn / groups);
    const { weightInit = torchDefault(layout), biasInit = uniform(1 / Math.sqrt(fanIn)) } = options;
    this.weight = scope.parameter('weight', shape, weightInit, { layout });
    if (bias) this.bias = scope.parameter('bias', [channelsOut], biasInit);
  }

  protected override forward(x: tf.Tensor): tf.Tensor {
    const y = conv2d(x as tf.Tensor4D, this.weight as tf.Variable<tf.Rank.R4>, this.options);
    return this.bias ? tf.add(y, this.bias) : y;
  }
}
