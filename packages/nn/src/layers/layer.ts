import type { Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';

/**
 * A part of a network with a path and, usually, parameters of its own. A layer registers its parameters in its
 * constructor and computes in {@link Layer.forward}; callers use {@link Layer.apply}, which is what makes taps work.
 */
export abstract class Layer {
  /** Where it stands in its model, e.g. `blocks.3.mlp`; `''` for a root, which has no tap. */
  readonly path: string;

  constructor(scope: Scope) {
    this.path = scope.path;
  }

  /**
   * Runs the layer. Its input is the tap `path:in`, its output the tap `path`; a layer that ends in a ReLU records the
   * ReLU's input as `path:pre`. On return its intermediates are freed, except those that a gradient will read.
   */
  apply(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const taps = this.path === '' ? undefined : call.taps;
    taps?.record(`${this.path}:in`, x);
    const y = tf.tidy(() => this.forward(x, call));
    taps?.record(this.path, y);
    return y;
  }

  protected abstract forward(x: tf.Tensor, call: ForwardCall): tf.Tensor;
}

/** The tap of what a layer gives before the ReLU that it ends in, `path:pre`. */
export const preActivation = (path: string): string => `${path}:pre`;

/** Makes a layer at a scope. */
export type LayerBuilder = (scope: Scope) => Layer;
