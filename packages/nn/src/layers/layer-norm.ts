import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { ones, zeros } from '../init/initializers.js';
import { layerNorm } from '../ops/layer-norm.js';
import { Layer } from './layer.js';

/** Over the last axis of `[..., D]`. Parameters `weight` and `bias` `[D]`. Epsilon 1e-6, timm's for transformers. */
export class LayerNorm extends Layer {
  readonly weight: tf.Variable<tf.Rank.R1>;
  readonly bias: tf.Variable<tf.Rank.R1>;
  readonly #epsilon: number;

  constructor(scope: Scope, width: number, options: { readonly epsilon?: number } = {}) {
    super(scope);
    this.weight = scope.parameter('weight', [width], ones) as tf.Variable<tf.Rank.R1>;
    this.bias = scope.parameter('bias', [width], zeros) as tf.Variable<tf.Rank.R1>;
    this.#epsilon = options.epsilon ?? 1e-6;
  }

  protected override forward(x: tf.Tensor): tf.Tensor {
    return layerNorm(x, this.weight, this.bias, this.#epsilon);
  }
}
