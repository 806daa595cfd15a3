import { BatchNorm2d, Conv2d, chain, type ForwardCall, Layer, preActivation, reluOver } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { pooled } from '../cifar.js';
import { convInit, WideBlock } from './wide-block.js';

const STEM = 16;

export interface WideResnetOptions {
  /** Channels of the images. */
  readonly channels: number;
  /** Blocks of each of the three groups. */
  readonly blocks: number;
  /** The width factor k: the groups have 16k, 32k and 64k channels. */
  readonly factor: number;
}

/** Blocks one after another, at `layer.0`, `layer.1`, …; the first has the stride. */
class Group extends Layer {
  readonly blocks: readonly WideBlock[];

  constructor(scope: Scope, blocks: number, channelsIn: number, channelsOut: number, stride: number) {
    super(scope);
    const layer = scope.child('layer');
    this.blocks = Array.from({ length: blocks }, (_, i) =>
      i === 0
        ? new WideBlock(layer.child(i), channelsIn, channelsOut, stride)
        : new WideBlock(layer.child(i), channelsOut, channelsOut, 1),
    );
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.blocks, x, call);
  }
}

/**
 * Images `[B, H, W, C]` → pooled feature `[B, 64k]`. Taps: `conv1`, `block1` … `block3` (all raw: the norm and ReLU that
 * follow are those of the next block, after the last one `bn1` and a ReLU; what that norm gives is `block1:pre` …),
 * `block1.layer.0` …, and `pooled`.
 */
export class WideResnetTrunk extends Layer {
  readonly #stem: Conv2d;
  readonly #groups: readonly Group[];
  readonly #bn: BatchNorm2d;
  readonly #pooled: Layer;

  constructor(scope: Scope, { channels, blocks, factor }: WideResnetOptions) {
    super(scope);
    const widths = [STEM, 16 * factor, 32 * factor, 64 * factor];
    const conv = { padding: 1, bias: false, weightInit: convInit };
    this.#stem = new Conv2d(scope.child('conv1'), channels, STEM, 3, conv);
    this.#groups = [1, 2, 3].map(
      (group) =>
        new Group(
          scope.child(`block${group}`),
          blocks,
          widths[group - 1],
          widths[group],
          group === 1 ? 1 : 2,
        ),
    );
    this.#bn = new BatchNorm2d(scope.child('bn1'), widths[3]);
    this.#pooled = pooled(scope);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    if (call.taps) this.#nameTaps(call.taps);
    return chain([this.#stem, ...this.#groups, this.#bn, reluOver, this.#pooled], x, call);
  }

  /** What goes into the ReLU behind a layer is given by the next block's norm. */
  #nameTaps(taps: NonNullable<ForwardCall['taps']>): void {
    const blocks = this.#groups.flatMap((group) => group.blocks.map((block) => ({ group, block })));
    taps.alias(blocks[0].block.norm.path, preActivation(this.#stem.path));
    blocks.forEach(({ group, block }, i) => {
      const next = blocks[i + 1]?.block.norm ?? this.#bn;
      taps.alias(next.path, preActivation(block.path));
      if (blocks[i + 1]?.group !== group) taps.alias(next.path, preActivation(group.path));
    });
  }
}
