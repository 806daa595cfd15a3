import type { Initializer, Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import type { ForwardCall } from '../forward/call.js';
import { centredAttention } from '../init/attention-centres.js';
import { ones } from '../init/initializers.js';
import { dropout } from '../ops/dropout.js';
import { type PatchGrid, relativePositions } from '../ops/patch-grid.js';
import { Attention, type AttentionLayerOptions } from './attention.js';

export interface ConvolutionalAttentionOptions extends Omit<AttentionLayerOptions, 'attentionDropout'> {
  /** Patches of an image, `[height, width]`. */
  readonly grid: PatchGrid;
  /** Tokens before the patches, such as class and distillation token. Default 0. */
  readonly specialTokens?: number;
  /** How position and content meet. Default `additive`. */
  readonly mode?: 'additive' | 'gated';
  /** Drop rate while training, in [0, 1). Default 0.1. */
  readonly dropout?: number;
  /** What is dropped: single position scores, attention weights, or nothing. Default `position`. */
  readonly dropoutOn?: 'position' | 'attention' | 'none';
  /** Of the position weights `[H, 3]`. Default {@link centredAttention} of strength 1. */
  readonly positionInit?: Initializer;
}

/**
 * Multi-head convolutional attention, `[B, T, D]` → `[B, T, D]`, T = special tokens + patches: {@link Attention} whose
 * heads also score where a patch lies. A reconstruction (spec of DearKD §2.3): no text that we have gives DearKD's
 * equations; the position score is that of Cordonnier et al. 2020.
 *
 * - `R_h[i, j] = v_h·(|δ|², δ1, δ2)` with δ = pos_j − pos_i for patches i and j, 0 where i or j is a special token; `v_h`
 *   are the rows of `rpe.weight` `[H, 3]`.
 * - `additive`: `softmax(q·kᵀ/√d + drop(R))`. With v = 0 it is plain attention; with q = k = 0, nine heads and steep
 *   `v` it is a 3×3 convolution.
 * - `gated` (after ConViT, d'Ascoli et al. 2021): `(1 − σ(λ_h))·softmax(q·kᵀ/√d) + σ(λ_h)·softmax(drop(R))`, λ = `rpe.gate`
 *   `[H]`, at first 1. Rows sum to 1 as they are. A special token's share by position is even over all tokens.
 *
 * Dropping a position score leaves that pair to its content. One mask per step and head serves all images of a batch, as
 * the scores themselves do. Neither parameter is decayed. All others have {@link Attention}'s names and shapes.
 */
export class ConvolutionalAttention extends Attention {
  readonly #grid: PatchGrid;
  readonly #specialTokens: number;
  /** `[H, 3]` */
  readonly #position: tf.Variable;
  /** `[H]` */
  readonly #gate?: tf.Variable;
  readonly #positionDropout: number;
  /** `[3, P, P]` on the host: a tensor of it would outlive its model. */
  #table?: Float32Array;

  /** @throws KdxError `KDX_RANGE` when `heads` does not divide `width`. */
  constructor(scope: Scope, width: number, heads: number, options: ConvolutionalAttentionOptions) {
    const {
      grid,
      specialTokens = 0,
      mode = 'additive',
      dropout: rate = 0.1,
      dropoutOn = 'position',
    } = options;
    super(scope, width, heads, { ...options, attentionDropout: dropoutOn === 'attention' ? rate : 0 });
    this.#grid = grid;
    this.#specialTokens = specialTokens;
    this.#positionDropout = dropoutOn === 'position' ? rate : 0;
    const rpe = scope.child('rpe');
    const init = options.positionInit ?? centredAttention();
    this.#position = rpe.parameter('weight', [heads, 3], init, { decay: false });
    if (mode === 'gated') this.#gate = rpe.parameter('gate', [heads], ones, { decay: false });
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const [height, width] = this.#grid;
    if (x.shape[1] !== this.#specialTokens + height * width) {
      const tokens = `${this.#specialTokens} + ${height}·${width}`;
      throw shapeError(`Convolutional attention "${this.path}"`, `[B, ${tokens}, D]`, x.shape);
    }
    return super.forward(x, call);
  }

  protected override attend(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, call: ForwardCall): tf.Tensor4D {
    const position = this.#positionScores(call);
    if (!this.#gate) return super.attend(q, k, v, call, position);
    const content = super.attend(q, k, v, call);
    const nothing = tf.zeros<tf.Rank.R4>(q.shape);
    // The same purpose draws the same mask, so that dropped attention weights are dropped from both.
    const placed = super.attend(nothing, nothing, v, call, position);
    const gate = tf.reshape(tf.sigmoid(this.#gate), [1, this.heads, 1, 1]);
    return tf.add(content, tf.mul(gate, tf.sub(placed, content)));
  }

  /** R `[1, H, T, T]`. */
  #positionScores(call: ForwardCall): tf.Tensor4D {
    this.#table ??= relativePositions(this.#grid);
    const [P, S] = [this.#grid[0] * this.#grid[1], this.#specialTokens];
    const table = tf.tensor2d(this.#table, [3, P * P]);
    const scores = tf.reshape(tf.matMul(this.#position as tf.Variable<tf.Rank.R2>, table), [
      1,
      this.heads,
      P,
      P,
    ]);
    const drops = call.training && this.#positionDropout > 0;
    const dropped = drops
      ? dropout(scores, this.#positionDropout, call.rng(`${this.path} position dropout`))
      : scores;
    return tf.pad(dropped, [
      [0, 0],
      [0, 0],
      [S, 0],
      [S, 0],
    ]) as tf.Tensor4D;
  }
}

/** Whether a parameter of a model is one that {@link ConvolutionalAttention} has and {@link Attention} has not. */
export const isPositionParameter = (name: string): boolean => /(^|\.)rpe\.(weight|gate)$/.test(name);
