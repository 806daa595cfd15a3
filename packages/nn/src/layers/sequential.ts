import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { chain } from './chain.js';
import { Layer, type LayerBuilder, preActivation } from './layer.js';

/** Layers one after another, at the scopes `0`, `1`, … as in PyTorch. */
export class Sequential extends Layer {
  readonly layers: readonly Layer[];

  constructor(scope: Scope, builders: readonly LayerBuilder[]) {
    super(scope);
    this.layers = builders.map((build, index) => build(scope.child(index)));
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    // If the last layer ends in a ReLU, that ReLU's input is also the tap before the ReLU of the whole sequence.
    const last = this.layers.at(-1);
    if (last && this.path !== '') call.taps?.alias(preActivation(last.path), preActivation(this.path));
    return chain(this.layers, x, call);
  }
}
