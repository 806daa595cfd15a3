import { BatchNorm2d, Conv2d, chain, convBatchNormLinks, type ForwardCall, Layer } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { convInit } from './projection.js';

/** `[B, H, W, in]` → `[B, H, W, out]` after the ReLU. Its parameters are at the root, as `conv1` and `bn1`. */
export class Stem extends Layer {
  readonly #conv: Conv2d;
  readonly #bn: BatchNorm2d;

  constructor(root: Scope, channelsIn: number, channelsOut: number) {
    super(root.child('stem'));
    this.#conv = new Conv2d(root.child('conv1'), channelsIn, channelsOut, 3, {
      padding: 1,
      bias: false,
      weightInit: convInit,
    });
    this.#bn = new BatchNorm2d(root.child('bn1'), channelsOut);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(convBatchNormLinks(this.#conv, this.#bn, call, { relu: true, ends: this.path }), x, call);
  }
}
