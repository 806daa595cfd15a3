import { chain, type ForwardCall, Layer, Sequential } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { pooled } from '../cifar.js';
import { BasicBlock } from '../cifar-resnet/basic-block.js';
import { Stem } from '../cifar-resnet/stem.js';
import { Bottleneck, EXPANSION } from './bottleneck.js';

const STEM = 64;
const WIDTHS = [64, 128, 256, 512] as const;

export interface FourStageOptions {
  /** Channels of the images. */
  readonly channels: number;
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of each stage. */
  readonly blocks: readonly [number, number, number, number];
}

/** Channels of the last stage. */
export const featureDim = (block: FourStageOptions['block']): number => widthOut(block, 3);

/**
 * Images `[B, H, W, C]` → pooled feature `[B, F]`. Taps: `stem`, `layer1` … `layer4` (each stage after its last ReLU),
 * `layer1.0` …, and `pooled`.
 */
export class FourStageTrunk extends Layer {
  readonly #layers: readonly Layer[];

  constructor(scope: Scope, { channels, block, blocks }: FourStageOptions) {
    super(scope);
    const stages = WIDTHS.map((width, stage) => {
      const before = stage === 0 ? STEM : widthOut(block, stage - 1);
      const builders = Array.from({ length: blocks[stage] }, (_, i) => (at: Scope) => {
        const channelsIn = i === 0 ? before : widthOut(block, stage);
        const stride = i === 0 && stage > 0 ? 2 : 1;
        return block === 'basic'
          ? new BasicBlock(at, channelsIn, width, stride, 'shortcut')
          : new Bottleneck(at, channelsIn, width, stride);
      });
      return new Sequential(scope.child(`layer${stage + 1}`), builders);
    });
    this.#layers = [new Stem(scope, channels, STEM), ...stages, pooled(scope)];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}

const widthOut = (block: FourStageOptions['block'], stage: number): number =>
  WIDTHS[stage] * (block === 'basic' ? 1 : EXPANSION);
