import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { dropPath } from '../ops/dropout.js';
import { Layer } from './layer.js';

/** Drops a residual branch for whole samples while training; otherwise, or at rate 0, the identity. */
export class DropPath extends Layer {
  /** `rate` is in [0, 1). */
  constructor(
    scope: Scope,
    readonly rate: number,
  ) {
    super(scope);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    if (!call.training || this.rate === 0) return x;
    return dropPath(x, this.rate, call.rng(`${this.path} drop path`));
  }
}
