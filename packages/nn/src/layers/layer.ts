import type { Scope } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';
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
   * Runs the layer. Its input is the tap `path:in`, its output the tap `path`. Outside a gradient its intermediates
   * are freed on return.
   */
  apply(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const taps = this.path === '' ? undefined : call.taps;
    taps?.record(`${this.path}:in`, x);
    // On the tape every intermediate is needed for the gradient anyway, and the tape disposes it.
    const y = tape.isOn() ? this.forward(x, call) : tf.tidy(() => this.forward(x, call));
    taps?.record(this.path, y);
    return y;
  }

  protected abstract forward(x: tf.Tensor, call: ForwardCall): tf.Tensor;
}

/** Makes a layer at a scope. */
export type LayerBuilder = (scope: Scope) => Layer;
