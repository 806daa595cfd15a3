import { BatchNorm2d, Conv2d, chain, convBatchNormLinks, type ForwardCall, Layer } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { convInit, Projection } from './projection.js';

/**
 * Two 3×3 convolutions with a shortcut (He et al. 2016), `[B, H, W, in]` → `[B, H/stride, W/stride, out]`, after the last
 * ReLU. Where the shape changes, the shortcut is a {@link Projection}, under the name that the family's weights have.
 */
export class BasicBlock extends Layer {
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #conv2: Conv2d;
  readonly #bn2: BatchNorm2d;
  readonly #shortcut?: Projection;

  constructor(
    scope: Scope,
    channelsIn: number,
    channelsOut: number,
    stride: number,
    shortcut: 'downsample' | 'shortcut',
  ) {
    super(scope);
    const conv = { padding: 1, bias: false, weightInit: convInit };
    this.#conv1 = new Conv2d(scope.child('conv1'), channelsIn, channelsOut, 3, { ...conv, stride });
    this.#bn1 = new BatchNorm2d(scope.child('bn1'), channelsOut);
    this.#conv2 = new Conv2d(scope.child('conv2'), channelsOut, channelsOut, 3, conv);
    this.#bn2 = new BatchNorm2d(scope.child('bn2'), channelsOut);
    if (stride === 1 && channelsIn === channelsOut) return;
    this.#shortcut = new Projection(scope.child(shortcut), channelsIn, channelsOut, stride);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const residual = () => this.#shortcut?.apply(x, call) ?? x;
    const links = [
      ...convBatchNormLinks(this.#conv1, this.#bn1, call, { relu: true }),
      ...convBatchNormLinks(this.#conv2, this.#bn2, call, { residual, relu: true, ends: this.path }),
    ];
    return chain(links, x, call);
  }
}
