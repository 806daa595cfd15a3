import type { ImageSize } from '@kdx/core';
import {
  Activation,
  BatchNorm2d,
  Conv2d,
  chain,
  convBatchNormLinks,
  type ForwardCall,
  kaimingNormal,
  Layer,
  maxPool,
  zeros,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { pooled } from '../cifar.js';

/** Channels of the five blocks. */
export const WIDTHS = [64, 128, 256, 512, 512] as const;

/** Height of an input behind whose fourth block there is a max-pool too. */
const FOURTH_POOL = 64;

/** N(0, 2/(k²·out)) and no bias to begin with, as in the benchmark's code (spec of Tf-FD §3.2). */
const init = { weightInit: kaimingNormal('fan_out'), biasInit: zeros };

/**
 * 3×3 convolutions (with bias), each with batch norm and ReLU: `[B, H, W, in]` → `[B, H, W, out]`, after the last ReLU.
 * At `0`, `1`, `3`, `4`, …, because PyTorch's `Sequential` counts the ReLUs between.
 */
class VggBlock extends Layer {
  readonly #layers: readonly [Conv2d, BatchNorm2d][];

  constructor(scope: Scope, channelsIn: number, channelsOut: number, convolutions: number) {
    super(scope);
    this.#layers = Array.from({ length: convolutions }, (_, i) => {
      const from = i === 0 ? channelsIn : channelsOut;
      const conv = new Conv2d(scope.child(3 * i), from, channelsOut, 3, { padding: 1, ...init });
      return [conv, new BatchNorm2d(scope.child(3 * i + 1), channelsOut)];
    });
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const last = this.#layers.length - 1;
    const links = this.#layers.flatMap(([conv, norm], i) =>
      convBatchNormLinks(conv, norm, call, { relu: true, ...(i === last && { ends: this.path }) }),
    );
    return chain(links, x, call);
  }
}

/**
 * Images `[B, H, W, C]` → pooled feature `[B, 512]`. Taps: `block0` … `block4` (after the last ReLU, before the pool),
 * `pool0` … `pool2`, for inputs of 64 pixels `pool3`, and `pooled`.
 */
export class VggTrunk extends Layer {
  readonly #layers: readonly Layer[];

  /** `convolutions` of each of the five blocks. */
  constructor(scope: Scope, [height, , channels]: ImageSize, convolutions: readonly number[]) {
    super(scope);
    const pools = poolsOf(height);
    const blocks = WIDTHS.flatMap((width, i) => {
      const block = new VggBlock(scope.child(`block${i}`), WIDTHS[i - 1] ?? channels, width, convolutions[i]);
      const pool = new Activation(scope.child(`pool${i}`), (x) => maxPool(x as tf.Tensor4D, 2));
      return i < pools ? [block, pool] : [block];
    });
    this.#layers = [...blocks, pooled(scope)];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}

/** Max-pools, each of which halves height and width, for images of a height. */
export const poolsOf = (height: number): number => (height === FOURTH_POOL ? 4 : 3);
