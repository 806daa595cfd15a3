import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { type DropBlockOptions, dropBlock } from '../ops/drop-block.js';
import { Layer } from './layer.js';

/** Drops square regions while training; otherwise, or at rate 0, the identity. */
export class DropBlock extends Layer {
  constructor(
    scope: Scope,
    readonly options: DropBlockOptions,
  ) {
    super(scope);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    if (!call.training || this.options.rate === 0) return x;
    return dropBlock(x as tf.Tensor4D, this.options, call.rng(`${this.path} drop block`));
  }
}
