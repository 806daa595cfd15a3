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

/** N(0, √(2/(k²·out))), as in the benchmark's code (spec of CRD §3.2). */
export const convInit = kaimingNormal('fan_out');
const depthwiseInit = kaimingNormal('fan_out', 'depthwise');

export interface InvertedResidualOptions {
  readonly channelsIn: number;
  readonly channelsOut: number;
  readonly stride: number;
  /** Channels of the depthwise convolution over those of the input, t. */
  readonly expansion: number;
}

/**
 * 1×1 convolution to `expansion` times the channels, 3×3 depthwise convolution, 1×1 convolution without activation
 * (Sandler et al. 2018, §3.3): `[B, H, W, in]` → `[B, ⌈H/stride⌉, ⌈W/stride⌉, out]`. The input is added where the shape
 * stays. As in the benchmark's code, ReLU stands for ReLU6, and the first convolution is there for an expansion of 1 too.
 */
export class InvertedResidual extends Layer {
  readonly #expand: readonly [Conv2d, BatchNorm2d];
  readonly #depthwise: readonly [Conv2d, BatchNorm2d];
  readonly #project: readonly [Conv2d, BatchNorm2d];
  readonly #keepsShape: boolean;

  constructor(scope: Scope, { channelsIn, channelsOut, stride, expansion }: InvertedResidualOptions) {
    super(scope);
    const hidden = channelsIn * expansion;
    const at = scope.child('conv');
    const pointwise = { bias: false, weightInit: convInit };
    const depthwise = { stride, padding: 1, groups: hidden, bias: false, weightInit: depthwiseInit };
    // 2 and 5 are the ReLUs.
    this.#expand = [
      new Conv2d(at.child(0), channelsIn, hidden, 1, pointwise),
      new BatchNorm2d(at.child(1), hidden),
    ];
    this.#depthwise = [
      new Conv2d(at.child(3), hidden, hidden, 3, depthwise),
      new BatchNorm2d(at.child(4), hidden),
    ];
    this.#project = [
      new Conv2d(at.child(6), hidden, channelsOut, 1, pointwise),
      new BatchNorm2d(at.child(7), channelsOut),
    ];
    this.#keepsShape = stride === 1 && channelsIn === channelsOut;
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const residual = this.#keepsShape ? () => x : undefined;
    const links = [
      ...convBatchNormLinks(...this.#expand, call, { relu: true }),
      ...convBatchNormLinks(...this.#depthwise, call, { relu: true }),
      ...convBatchNormLinks(...this.#project, call, { residual }),
    ];
    return chain(links, x, call);
  }
}
