import type { Initializer, Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { Attention } from './attention.js';
import { chain } from './chain.js';
import { DropPath } from './drop-path.js';
import { Layer, type LayerBuilder } from './layer.js';
import { LayerNorm } from './layer-norm.js';
import { Mlp } from './mlp.js';

export interface TransformerBlockOptions {
  /** Hidden width of the MLP over the block's. Default 4. */
  readonly mlpRatio?: number;
  /** Default true. */
  readonly qkvBias?: boolean;
  /** Stochastic depth rate of both branches, in [0, 1). Default 0. */
  readonly dropPath?: number;
  readonly dropout?: number;
  readonly attentionDropout?: number;
  /** Of the layer norms. Default 1e-6. */
  readonly epsilon?: number;
  /** Of all linear layers. Default truncated normal of std 0.02. */
  readonly weightInit?: Initializer;
  /** Another attention in place of {@link Attention}, built at the scope `attn`; `[B, N, D]` → `[B, N, D]`. */
  readonly attention?: LayerBuilder;
}

/**
 * Pre-norm transformer block (ViT, DeiT), `[B, N, D]` → `[B, N, D]`: `x += DropPath(attn(norm1(x)))`, then
 * `x += DropPath(mlp(norm2(x)))`. Names as in timm.
 */
export class TransformerBlock extends Layer {
  readonly #norm1: LayerNorm;
  readonly #attn: Layer;
  readonly #dropPath1: DropPath;
  readonly #norm2: LayerNorm;
  readonly #mlp: Mlp;
  readonly #dropPath2: DropPath;

  constructor(scope: Scope, width: number, heads: number, options: TransformerBlockOptions = {}) {
    super(scope);
    const { mlpRatio = 4, dropPath = 0, epsilon, dropout, weightInit } = options;
    this.#norm1 = new LayerNorm(scope.child('norm1'), width, { epsilon });
    const attn = scope.child('attn');
    this.#attn = options.attention?.(attn) ?? new Attention(attn, width, heads, options);
    this.#dropPath1 = new DropPath(scope.child('drop_path1'), dropPath);
    this.#norm2 = new LayerNorm(scope.child('norm2'), width, { epsilon });
    this.#mlp = new Mlp(scope.child('mlp'), width, Math.trunc(width * mlpRatio), { dropout, weightInit });
    this.#dropPath2 = new DropPath(scope.child('drop_path2'), dropPath);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const y = tf.add(x, chain([this.#norm1, this.#attn, this.#dropPath1], x, call));
    return tf.add(y, chain([this.#norm2, this.#mlp, this.#dropPath2], y, call));
  }
}
