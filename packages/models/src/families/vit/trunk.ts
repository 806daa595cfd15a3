import {
  ConvolutionalAttention,
  type ConvolutionalAttentionOptions,
  chain,
  Dropout,
  type ForwardCall,
  Layer,
  LayerNorm,
  PatchEmbed,
  type PatchGrid,
  TransformerBlock,
  truncatedNormal,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

export interface VitTrunkOptions {
  readonly channels: number;
  readonly patch: number;
  readonly grid: PatchGrid;
  readonly dim: number;
  readonly heads: number;
  readonly mlpRatio: number;
  /** Stochastic depth of each block; its length is the depth. */
  readonly dropPath: readonly number[];
  readonly drop: number;
  readonly distillationToken: boolean;
  /** The first so many blocks have {@link ConvolutionalAttention}. */
  readonly convolutional: { readonly blocks: number } & Pick<
    ConvolutionalAttentionOptions,
    'dropout' | 'dropoutOn' | 'mode'
  >;
}

/**
 * Images `[B, H, W, C]` → normalised tokens `[B, T, D]`, in the order class token, distillation token (if any), patches
 * row by row (Touvron et al. 2021, DeiT). Names are timm's.
 */
export class VitTrunk extends Layer {
  readonly #patchEmbed: PatchEmbed;
  /** `[1, 1, D]` each. */
  readonly #tokens: readonly tf.Variable[];
  readonly #positions: tf.Variable;
  readonly #dropout: Dropout;
  readonly #blocks: readonly TransformerBlock[];
  readonly #norm: LayerNorm;

  constructor(scope: Scope, options: VitTrunkOptions) {
    super(scope);
    const { channels, dim, grid, heads, mlpRatio, drop, convolutional } = options;
    const patches = grid[0] * grid[1];
    const init = truncatedNormal(0.02);
    const tokens = [scope.parameter('cls_token', [1, 1, dim], init, { decay: false })];
    // Unlike the class token it is decayed: timm 0.3.2, which DeiT pins, does not list it (spec of DeiT §1.5).
    if (options.distillationToken)
      tokens.push(scope.parameter('dist_token', [1, 1, dim], init, { decay: true }));
    this.#tokens = tokens;
    this.#positions = scope.parameter('pos_embed', [1, tokens.length + patches, dim], init, { decay: false });
    this.#patchEmbed = new PatchEmbed(scope.child('patch_embed'), channels, dim, options.patch);
    this.#dropout = new Dropout(scope.child('pos_drop'), drop);
    const placed = { ...convolutional, grid, specialTokens: tokens.length };
    const attention = (at: Scope) => new ConvolutionalAttention(at, dim, heads, placed);
    this.#blocks = options.dropPath.map((dropPath, block) => {
      const at = scope.child('blocks').child(block);
      return new TransformerBlock(at, dim, heads, {
        mlpRatio,
        dropPath,
        dropout: drop,
        attention: block < convolutional.blocks ? attention : undefined,
      });
    });
    this.#norm = new LayerNorm(scope.child('norm'), dim);
  }

  protected override forward(images: tf.Tensor, call: ForwardCall): tf.Tensor {
    // [B, N, D] → [B, T, D]
    const addTokens = (patches: tf.Tensor): tf.Tensor => {
      const [B, , D] = patches.shape;
      const tokens = this.#tokens.map((token) => tf.broadcastTo(token, [B, 1, D]));
      return tf.add(tf.concat([...tokens, patches], 1), this.#positions);
    };
    const links = [this.#patchEmbed, addTokens, this.#dropout, ...this.#blocks, this.#norm];
    return chain(links, images, call);
  }
}

/** Token `index` of `[B, T, D]` as `[B, D]`. */
export function tokenAt(tokens: tf.Tensor, index: number): tf.Tensor2D {
  const [B, , D] = tokens.shape;
  return tf.reshape(tf.slice(tokens, [0, index, 0], [B, 1, D]), [B, D]);
}
