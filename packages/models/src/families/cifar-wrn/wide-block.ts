import {
  addOver,
  BatchNorm2d,
  Conv2d,
  chain,
  convBatchNormLinks,
  type ForwardCall,
  kaimingNormal,
  Layer,
  type Link,
  reluOver,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/** N(0, 2/(k²·out)), as in the benchmark's code (spec of Tf-FD §3.2). */
export const convInit = kaimingNormal('fan_out');

/**
 * Pre-activation block (He et al. 2016b; Zagoruyko & Komodakis 2016): norm, ReLU, 3×3 convolution, twice, and a shortcut.
 * `[B, H, W, in]` → `[B, H/stride, W/stride, out]`, raw: no norm and no ReLU at its end. Where the widths differ, the
 * shortcut is a 1×1 convolution of the activated input; else it is the input as it came.
 */
export class WideBlock extends Layer {
  /** What the block reads first: what is before the ReLU of the block in front of it. */
  readonly norm: BatchNorm2d;
  readonly #conv1: Conv2d;
  readonly #bn2: BatchNorm2d;
  readonly #conv2: Conv2d;
  readonly #shortcut?: Conv2d;

  constructor(scope: Scope, channelsIn: number, channelsOut: number, stride: number) {
    super(scope);
    const conv = { padding: 1, bias: false, weightInit: convInit };
    this.norm = new BatchNorm2d(scope.child('bn1'), channelsIn);
    this.#conv1 = new Conv2d(scope.child('conv1'), channelsIn, channelsOut, 3, { ...conv, stride });
    this.#bn2 = new BatchNorm2d(scope.child('bn2'), channelsOut);
    this.#conv2 = new Conv2d(scope.child('conv2'), channelsOut, channelsOut, 3, conv);
    if (channelsIn === channelsOut) return;
    const options = { stride, bias: false, weightInit: convInit };
    this.#shortcut = new Conv2d(scope.child('convShortcut'), channelsIn, channelsOut, 1, options);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const activate: Link[] = [this.norm, reluOver];
    const branch = [...convBatchNormLinks(this.#conv1, this.#bn2, call, { relu: true }), this.#conv2];
    const shortcut = this.#shortcut;
    if (!shortcut) return chain([...activate, ...branch, (y) => addOver(y, x)], x, call);
    const active = chain(activate, x, call);
    return chain([...branch, (y) => addOver(y, shortcut.apply(active, call))], active, call);
  }
}
