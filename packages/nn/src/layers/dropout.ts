import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { dropout } from '../ops/dropout.js';
import { Layer } from './layer.js';

/** Drops single elements while training; otherwise, or at rate 0, the identity. */
export class Dropout extends Layer {
  /** `rate` is in [0, 1). */
  constructor(
    scope: Scope,
    readonly rate: number,
  ) {
    super(scope);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    if (!call.training || this.rate === 0) return x;
    return dropout(x, this.rate, call.rng(`${this.path} dropout`));
  }
}
