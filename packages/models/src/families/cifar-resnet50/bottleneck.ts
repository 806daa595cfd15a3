import { BatchNorm2d, Conv2d, chain, convBatchNormLinks, type ForwardCall, Layer } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { convInit, Projection } from '../cifar-resnet/projection.js';

/** Channels that leave a bottleneck per channel of its 3×3 convolution. */
export const EXPANSION = 4;

/**
 * 1×1, 3×3 and 1×1 convolution with a shortcut (He et al. 2016, figure 5), `[B, H, W, in]` →
 * `[B, H/stride, W/stride, 4·width]`, after the last ReLU. The 3×3 convolution has the stride.
 */
export class Bottleneck extends Layer {
  readonly #layers: readonly [Conv2d, BatchNorm2d][];
  readonly #shortcut?: Projection;

  constructor(scope: Scope, channelsIn: number, width: number, stride: number) {
    super(scope);
    const channelsOut = EXPANSION * width;
    const convolutions = [
      { from: channelsIn, to: width, kernel: 1, stride: 1 },
      { from: width, to: width, kernel: 3, stride },
      { from: width, to: channelsOut, kernel: 1, stride: 1 },
    ];
    this.#layers = convolutions.map(({ from, to, kernel, stride }, i) => {
      const options = { stride, padding: (kernel - 1) / 2, bias: false, weightInit: convInit };
      const conv = new Conv2d(scope.child(`conv${i + 1}`), from, to, kernel, options);
      return [conv, new BatchNorm2d(scope.child(`bn${i + 1}`), to)];
    });
    if (stride === 1 && channelsIn === channelsOut) return;
    this.#shortcut = new Projection(scope.child('shortcut'), channelsIn, channelsOut, stride);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const residual = () => this.#shortcut?.apply(x, call) ?? x;
    const last = this.#layers.length - 1;
    const links = this.#layers.flatMap(([conv, norm], i) =>
      convBatchNormLinks(conv, norm, call, { relu: true, ...(i === last && { residual, ends: this.path }) }),
    );
    return chain(links, x, call);
  }
}
