import type { Scope } from '@kdx/core';
import {
  Activation,
  BatchNorm2d,
  Conv2d,
  chain,
  convBatchNormLinks,
  type ForwardCall,
  globalAveragePool,
  Layer,
  Sequential,
} from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';
import { BasicBlock, convInit } from './basic-block.js';

/** `[B, H, W, in]` → `[B, H, W, out]` after the ReLU. Its parameters are at the root, as `conv1` and `bn1`. */
class Stem extends Layer {
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
    return chain(convBatchNormLinks(this.#conv, this.#bn, call, { relu: true }), x, call);
  }
}

export interface CifarResnetOptions {
  readonly channels: number;
  /** Channels after the stem. */
  readonly stem: number;
  /** Channels of the three stages. */
  readonly widths: readonly [number, number, number];
  /** Blocks per stage. */
  readonly blocks: number;
}

/**
 * Images `[B, H, W, C]` → pooled feature `[B, F]`. Taps: `stem`, `layer1` … `layer3` (each stage after its last ReLU),
 * `layer1.0` …, and `pooled`.
 */
export class CifarResnetTrunk extends Layer {
  readonly #layers: readonly Layer[];

  constructor(scope: Scope, { channels, stem, widths, blocks }: CifarResnetOptions) {
    super(scope);
    const stages = widths.map((width, stage) => {
      const before = stage === 0 ? stem : widths[stage - 1];
      const builders = Array.from({ length: blocks }, (_, block) => (at: Scope) => {
        const first = block === 0;
        return new BasicBlock(at, first ? before : width, width, first && stage > 0 ? 2 : 1);
      });
      return new Sequential(scope.child(`layer${stage + 1}`), builders);
    });
    const pooled = new Activation(scope.child('pooled'), (x) => globalAveragePool(x as tf.Tensor4D));
    this.#layers = [new Stem(scope, channels, stem), ...stages, pooled];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}
