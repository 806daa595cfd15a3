import type { LayerFeature } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';

/**
 * The tokens of a grid, without the special ones before them.
 * @param tokens `[B, T, D]`, the last h·w of which lie on the grid, row by row
 * @param grid `[h, w]`
 * @returns `[B, h·w, D]`; `tokens` itself where there are no others
 */
export function gridTokens(tokens: tf.Tensor3D, [h, w]: LayerFeature['grid']): tf.Tensor3D {
  const [B, T, D] = tokens.shape;
  return T === h * w ? tokens : tf.slice(tokens, [0, T - h * w, 0], [B, h * w, D]);
}

/**
 * Tokens as maps: token w·r + c lands at row r and column c.
 * @param tokens `[B, h·w, D]`
 * @param grid `[h, w]`
 * @returns `[B, h, w, D]`
 */
export const tokensToMaps = (tokens: tf.Tensor3D, [h, w]: LayerFeature['grid']): tf.Tensor4D =>
  tf.reshape(tokens, [tokens.shape[0], h, w, tokens.shape[2]]);

/**
 * A feature of either layout as maps, special tokens left out.
 * @param x `[B, H, W, C]` or `[B, T, D]`
 * @returns `[B, h, w, channels]`
 */
export const toMaps = (x: tf.Tensor, { layout, grid }: Pick<LayerFeature, 'layout' | 'grid'>): tf.Tensor4D =>
  layout === 'maps' ? (x as tf.Tensor4D) : tokensToMaps(gridTokens(x as tf.Tensor3D, grid), grid);
