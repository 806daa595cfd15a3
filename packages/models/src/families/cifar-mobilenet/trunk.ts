import type { Feature } from '@kdx/core';
import { BatchNorm2d, Conv2d, chain, convBatchNormLinks, type ForwardCall, Layer, Sequential } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { pooled } from '../cifar.js';
import { convInit, InvertedResidual } from './inverted-residual.js';

/** Convolution, batch norm, ReLU, as `0` and `1`: `[B, H, W, in]` → `[B, ⌈H/stride⌉, ⌈W/stride⌉, out]`. */
class ConvNormRelu extends Layer {
  readonly #conv: Conv2d;
  readonly #norm: BatchNorm2d;

  constructor(scope: Scope, channels: readonly [from: number, to: number], kernel: number, stride: number) {
    super(scope);
    const options = { stride, padding: (kernel - 1) / 2, bias: false, weightInit: convInit };
    this.#conv = new Conv2d(scope.child(0), ...channels, kernel, options);
    this.#norm = new BatchNorm2d(scope.child(1), channels[1]);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(convBatchNormLinks(this.#conv, this.#norm, call, { relu: true, ends: this.path }), x, call);
  }
}

/** Channels c at width 1, repeats n and first stride s of each stage (Sandler et al. 2018, table 2; spec of CRD §3.2). */
const STAGES = [
  [16, 1, 1],
  [24, 2, 1],
  [32, 3, 2],
  [64, 4, 2],
  [96, 3, 1],
  [160, 3, 2],
  [320, 1, 1],
] as const;

/** The benchmark’s f0 … f4: the stem, and the last stage at each size. */
export const MOBILENET_FEATURES: readonly Feature[] = [
  { tap: 'conv1', scale: 'conv1.1.weight', layout: 'maps' },
  ...[1, 2, 4, 6].map((stage) => {
    const lastUnit = STAGES[stage][1] - 1;
    return {
      tap: `blocks.${stage}`,
      scale: `blocks.${stage}.${lastUnit}.conv.7.weight`,
      layout: 'maps' as const,
    };
  }),
];

/** Channels of the pooled feature: a narrow network keeps all of them. */
export const pooledWidth = (width: number): number => Math.trunc(1280 * Math.max(1, width));

export interface MobilenetOptions {
  /** Channels of the images. */
  readonly channels: number;
  /** Expansion t of all stages but the first, which has 1. */
  readonly expansion: number;
  /** Factor w on all channels. */
  readonly width: number;
}

/**
 * Images `[B, H, W, C]` → pooled feature `[B, F]`. Taps: `conv1` (the stem), `blocks.0` … `blocks.6` (stages),
 * `blocks.1.0` … (units), `conv2` and `pooled`.
 */
export class MobilenetTrunk extends Layer {
  readonly #layers: readonly Layer[];

  constructor(scope: Scope, { channels, expansion, width }: MobilenetOptions) {
    super(scope);
    const stem = Math.trunc(32 * width);
    let channelsIn = stem;
    const stages = STAGES.map(([c, repeats, firstStride], index) => {
      const channelsOut = Math.trunc(c * width);
      const units = Array.from({ length: repeats }, (_, unit) => {
        const first = unit === 0;
        const options = {
          channelsIn: first ? channelsIn : channelsOut,
          channelsOut,
          stride: first ? firstStride : 1,
          expansion: index === 0 ? 1 : expansion,
        };
        return (at: Scope) => new InvertedResidual(at, options);
      });
      channelsIn = channelsOut;
      return new Sequential(scope.child('blocks').child(index), units);
    });
    this.#layers = [
      new ConvNormRelu(scope.child('conv1'), [channels, stem], 3, 2),
      ...stages,
      new ConvNormRelu(scope.child('conv2'), [channelsIn, pooledWidth(width)], 1, 1),
      pooled(scope),
    ];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}
