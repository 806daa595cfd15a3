import type { Feature } from '@kdx/core';
import { chain, type ForwardCall, Layer, type LayerBuilder, Sequential } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { pooled } from '../cifar.js';
import { ConvNorm } from './conv-norm.js';

/** Channels after the stem, in both versions. */
export const STEM = 24;

/** The benchmark’s f0: the stem’s output. f1 … f3 are the stages’. */
export const STEM_FEATURE: Feature = { tap: 'stem', scale: 'bn1.weight', layout: 'maps' };

/** A 1×1 convolution, its norm and a ReLU, tapped as `path`; its parameters are at the root, as `conv<n>` and `bn<n>`. */
class RootConv extends Layer {
  readonly #conv: ConvNorm;

  constructor(root: Scope, path: string, n: number, channels: readonly [number, number]) {
    super(root.child(path));
    this.#conv = new ConvNorm(root, n, channels);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#conv.links(call, { relu: true, ends: this.path }), x, call);
  }
}

export interface ShuffleOptions {
  /** Channels of the images. */
  readonly channels: number;
  /** Units of each of the three stages; the first halves height and width. */
  readonly stages: readonly (readonly LayerBuilder[])[];
  /** A last 1×1 convolution, `[from, to]`. */
  readonly last?: readonly [number, number];
}

/**
 * Images `[B, H, W, C]` → pooled feature `[B, F]`. Taps: `stem`, `layer1` … `layer3` (stages), `layer1.0` … (units),
 * `last` where there is such a convolution, and `pooled`. As the benchmark has it for small images, the stem is a 1×1
 * convolution and no max-pooling follows.
 */
export class ShuffleTrunk extends Layer {
  readonly #layers: readonly Layer[];

  constructor(scope: Scope, { channels, stages, last }: ShuffleOptions) {
    super(scope);
    this.#layers = [
      new RootConv(scope, 'stem', 1, [channels, STEM]),
      ...stages.map((units, stage) => new Sequential(scope.child(`layer${stage + 1}`), units)),
      ...(last ? [new RootConv(scope, 'last', 2, last)] : []),
      pooled(scope),
    ];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}
