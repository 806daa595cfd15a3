import type { Scope } from '@kdx/core';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { chain } from './chain.js';
import { Layer, type LayerBuilder } from './layer.js';

/** Layers one after another, at the scopes `0`, `1`, … as in PyTorch. */
export class Sequential extends Layer {
  readonly layers: readonly Layer[];

  constructor(scope: Scope, builders: readonly LayerBuilder[]) {
    super(scope);
    this.layers = builders.map((build, index) => build(scope.child(index)));
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.layers, x, call);
  }
}
