import {
  BatchNorm2d,
  Conv2d,
  type ConvBatchNormLinksOptions,
  convBatchNormLinks,
  type ForwardCall,
  type Link,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';

export interface ConvNormOptions {
  /** Default 1, with no padding; 3 has a padding of 1. */
  readonly kernel?: 1 | 3;
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution without bias and its batch norm, as `conv<n>` and `bn<n>`. PyTorch's initial values (spec of CRD §3.2). */
export class ConvNorm {
  readonly #conv: Conv2d;
  readonly #norm: BatchNorm2d;

  constructor(
    scope: Scope,
    n: number,
    [channelsIn, channelsOut]: readonly [number, number],
    { kernel = 1, stride, groups }: ConvNormOptions = {},
  ) {
    const options = { stride, groups, padding: (kernel - 1) / 2, bias: false };
    this.#conv = new Conv2d(scope.child(`conv${n}`), channelsIn, channelsOut, kernel, options);
    this.#norm = new BatchNorm2d(scope.child(`bn${n}`), channelsOut);
  }

  /** What a `chain` runs. */
  links(call: ForwardCall, options?: ConvBatchNormLinksOptions): Link[] {
    return convBatchNormLinks(this.#conv, this.#norm, call, options);
  }
}

/** 3×3, one filter for each channel. */
export const depthwise = (scope: Scope, n: number, channels: number, stride: number): ConvNorm =>
  new ConvNorm(scope, n, [channels, channels], { kernel: 3, stride, groups: channels });
