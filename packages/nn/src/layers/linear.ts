import type { Initializer, Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { torchDefault, uniform } from '../init/initializers.js';
import { linear } from '../ops/linear.js';
import { Layer } from './layer.js';

export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Default PyTorch's, U(±1/√in). */
  readonly weightInit?: Initializer;
  /** Default PyTorch's, U(±1/√in). */
  readonly biasInit?: Initializer;
}

/** `[..., in]` → `[..., out]`. Parameters `weight` `[in, out]` and `bias` `[out]`. */
export class Linear extends Layer {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;

  constructor(scope: Scope, fanIn: number, fanOut: number, options: LinearOptions = {}) {
    super(scope);
    const { bias = true, weightInit = torchDefault(), biasInit = uniform(1 / Math.sqrt(fanIn)) } = options;
    this.weight = scope.parameter('weight', [fanIn, fanOut], weightInit, { layout: 'linear' });
    if (bias) this.bias = scope.parameter('bias', [fanOut], biasInit);
  }

  protected override forward(x: tf.Tensor): tf.Tensor {
    return linear(
      x,
      this.weight as tf.Variable<tf.Rank.R2>,
      this.bias as tf.Variable<tf.Rank.R1> | undefined,
    );
  }
}
