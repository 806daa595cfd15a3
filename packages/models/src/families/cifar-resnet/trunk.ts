import {
  chain,
  DropBlock,
  type DropBlockOptions,
  Dropout,
  type ForwardCall,
  Layer,
  Sequential,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { pooled } from '../cifar.js';
import { BasicBlock } from './basic-block.js';
import { Stem } from './stem.js';

export interface CifarResnetOptions {
  readonly channels: number;
  /** Channels after the stem. */
  readonly stem: number;
  /** Channels of the three stages. */
  readonly widths: readonly [number, number, number];
  /** Blocks per stage. */
  readonly blocks: number;
  /** Of the first two stages' outputs, while training. */
  readonly dropBlock: DropBlockOptions;
  readonly dropout: number;
}

/**
 * Images `[B, H, W, C]` → pooled feature `[B, F]`. Taps: `stem`, `layer1` … `layer3` (each stage after its last ReLU),
 * `layer1.0` …, and `pooled`; what DropBlock and dropout leave of the first two is `drop_block1`, `dropout1`, ….
 */
export class CifarResnetTrunk extends Layer {
  readonly #layers: readonly Layer[];

  constructor(scope: Scope, options: CifarResnetOptions) {
    super(scope);
    const { channels, stem, widths, blocks } = options;
    const stages = widths.map((width, stage) => {
      const before = stage === 0 ? stem : widths[stage - 1];
      const builders = Array.from({ length: blocks }, (_, block) => (at: Scope) => {
        const first = block === 0;
        return new BasicBlock(at, first ? before : width, width, first && stage > 0 ? 2 : 1, 'downsample');
      });
      return new Sequential(scope.child(`layer${stage + 1}`), builders);
    });
    const { dropBlock, dropout } = options;
    const regularised = stages.flatMap((stage, index) => {
      const [blocks, elements] = [`drop_block${index + 1}`, `dropout${index + 1}`];
      return [
        stage,
        ...(index < 2 && dropBlock.rate > 0 ? [new DropBlock(scope.child(blocks), dropBlock)] : []),
        ...(index < 2 && dropout > 0 ? [new Dropout(scope.child(elements), dropout)] : []),
      ];
    });
    this.#layers = [new Stem(scope, channels, stem), ...regularised, pooled(scope)];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}
