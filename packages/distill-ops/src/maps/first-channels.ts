import * as tf from '@tensorflow/tfjs';

/**
 * The first channels of maps, for two layers of unequal width (Tf-FD's released code compares them so).
 * @param maps `[B, H, W, C]`
 * @param channels at most C
 * @returns `[B, H, W, channels]`; `maps` itself where it has so many
 */
export function firstChannels(maps: tf.Tensor4D, channels: number): tf.Tensor4D {
  const [B, H, W, C] = maps.shape;
  return C === channels ? maps : tf.slice(maps, [0, 0, 0, 0], [B, H, W, channels]);
}
