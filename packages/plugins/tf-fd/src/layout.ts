import * as tf from '@tensorflow/tfjs';
import { kdxError } from './errors.js';

/** A feature as maps: `[H, W, C]` of a CNN's stage, or a ViT's patch tokens on their grid. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Tokens before the patches (class, distillation) that are left out; 0 for a CNN. */
  readonly skip: number;
}

/**
 * How a tap of shape `[H, W, C]` or `[T, D]` is read as maps. Tokens as maps are kdx's extension: the last h·w tokens are the
 * patches, row by row.
 * @param shape without the batch axis
 * @param patches patch tokens of a ViT, where known
 * @throws KdxError `KDX_TAP_SHAPE`
 */
export function mapShape(tap: string, shape: readonly number[], patches?: number): MapShape {
  if (shape.length === 3) {
    const [height, width, channels] = shape;
    return { height, width, channels, skip: 0 };
  }
  const [tokens, channels] = shape;
  const side = Math.sqrt(patches ?? Math.floor(Math.sqrt(tokens ?? 0)) ** 2);
  if (shape.length === 2 && Number.isInteger(side)) {
    return { height: side, width: side, channels, skip: tokens - side ** 2 };
  }
  throw kdxError(
    'KDX_TAP_SHAPE',
    `Plugin "tf-fd" reads the tap ${tap}, whose shape [B, ${shape.join(', ')}] is neither maps [B, H, W, C] nor tokens of a square grid; name other taps with its option layers.`,
  );
}

/** `[B, H, W, C]` of a tap. */
export function asMaps(x: tf.Tensor, { height, width, channels, skip }: MapShape): tf.Tensor4D {
  if (x.rank === 4) return x as tf.Tensor4D;
  const B = x.shape[0];
  const patches = skip === 0 ? x : tf.slice(x, [0, skip, 0], [B, height * width, channels]);
  return tf.reshape(patches, [B, height, width, channels]);
}
