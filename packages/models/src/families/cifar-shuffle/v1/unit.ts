import {
  avgPool,
  chain,
  channelShuffle,
  type ForwardCall,
  Layer,
  type Link,
  preActivation,
  recording,
  reluOver,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { ConvNorm, depthwise } from '../conv-norm.js';

export interface GroupUnitOptions {
  readonly channelsIn: number;
  readonly channelsOut: number;
  /** With 2 the input, average-pooled, is set beside the branch; with 1 it is added. */
  readonly stride: 1 | 2;
  /** Of the first 1×1 convolution and of the shuffle. */
  readonly groupsIn: number;
  /** Of the last 1×1 convolution. */
  readonly groups: number;
}

/**
 * Grouped 1×1 convolution to a quarter of the branch's channels, channel shuffle, 3×3 depthwise convolution, grouped 1×1
 * convolution (Zhang et al. 2018, figure 2): `[B, H, W, in]` → `[B, ⌈H/stride⌉, ⌈W/stride⌉, out]`. As in the benchmark's
 * code, a ReLU follows the depthwise convolution too.
 */
export class GroupUnit extends Layer {
  readonly #squeeze: ConvNorm;
  readonly #groupsIn: number;
  readonly #depthwise: ConvNorm;
  readonly #expand: ConvNorm;
  readonly #halves: boolean;

  constructor(scope: Scope, { channelsIn, channelsOut, stride, groupsIn, groups }: GroupUnitOptions) {
    super(scope);
    this.#halves = stride === 2;
    const branch = this.#halves ? channelsOut - channelsIn : channelsOut;
    const hidden = Math.trunc(branch / 4);
    this.#groupsIn = groupsIn;
    this.#squeeze = new ConvNorm(scope, 1, [channelsIn, hidden], { groups: groupsIn });
    this.#depthwise = depthwise(scope, 2, hidden, stride);
    this.#expand = new ConvNorm(scope, 3, [hidden, branch], { groups });
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const pooled = () => avgPool(x as tf.Tensor4D, 3, { stride: 2, padding: 1 });
    const before = recording(preActivation(this.path), call);
    const end: Link[] = this.#halves
      ? [...this.#expand.links(call), (y) => tf.concat([y, pooled()], 3), before, reluOver]
      : this.#expand.links(call, { residual: () => x, relu: true, ends: this.path });
    const links = [
      ...this.#squeeze.links(call, { relu: true }),
      (y: tf.Tensor) => channelShuffle(y as tf.Tensor4D, this.#groupsIn),
      ...this.#depthwise.links(call, { relu: true }),
      ...end,
    ];
    return chain(links, x, call);
  }
}
