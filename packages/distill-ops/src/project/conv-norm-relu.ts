import {
  BatchNorm2d,
  Conv2d,
  chain,
  convBatchNormLinks,
  type ForwardCall,
  kaimingNormal,
  Layer,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/**
 * Projection of maps to another width and size: convolution without bias, batch norm, ReLU, as in SHAKE's shadow heads (Li and
 * Jin 2022) and most regressors of feature methods. `[B, H, W, in]` → `[B, ⌈H/stride⌉, ⌈W/stride⌉, out]`. Its parameters are
 * `conv.weight`, `bn.weight` and `bn.bias` under `scope`.
 */
export class ConvNormRelu extends Layer {
  readonly #conv: Conv2d;
  readonly #norm: BatchNorm2d;

  constructor(scope: Scope, channelsIn: number, channelsOut: number, kernel: 1 | 3, stride = 1) {
    super(scope);
    this.#conv = new Conv2d(scope.child('conv'), channelsIn, channelsOut, kernel, {
      bias: false,
      stride,
      padding: (kernel - 1) / 2,
      weightInit: kaimingNormal('fan_out'),
    });
    this.#norm = new BatchNorm2d(scope.child('bn'), channelsOut);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(convBatchNormLinks(this.#conv, this.#norm, call, { relu: true }), x, call);
  }
}
