import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { Layer, type LayerBuilder } from './layer.js';

/** A function without parameters as a layer, so that it can stand in a {@link Sequential} and be tapped. */
export class Activation extends Layer {
  readonly #fn: (x: tf.Tensor) => tf.Tensor;

  constructor(scope: Scope, fn: (x: tf.Tensor) => tf.Tensor) {
    super(scope);
    this.#fn = fn;
  }

  protected override forward(x: tf.Tensor): tf.Tensor {
    return this.#fn(x);
  }
}

/** `activation(tf.relu)` builds the layer in a `Sequential`. */
export const activation =
  (fn: (x: tf.Tensor) => tf.Tensor): LayerBuilder =>
  (scope) =>
    new Activation(scope, (x) => fn(x));
