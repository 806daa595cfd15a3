import type { Rng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';
import { rangeError, shapeError } from '../errors.js';
import { dropoutMask, masked } from './dropout.js';

export interface DropBlockOptions {
  /** Share of each map that is dropped, in [0, 1). */
  readonly rate: number;
  /** Side of a block in pixels; a map that is smaller is dropped as a whole. Default 7. */
  readonly size?: number;
}

/**
 * DropBlock (Ghiasi, Lin and Le, NeurIPS 2018): drops square regions of each map of each channel and scales the rest
 * so that its sum keeps its size. Corners of blocks are drawn with
 *
 *     γ = rate / size² · H·W / ((H − size + 1) · (W − size + 1))
 *
 * so that blocks lie wholly inside (equation 1 there).
 * @param x `[B, H, W, C]`
 * @param rng gives the seed of the back end's own generator, so masks differ between back ends
 * @throws KdxError `KDX_RANGE`, `KDX_SHAPE`
 */
export function dropBlock(x: tf.Tensor4D, { rate, size = 7 }: DropBlockOptions, rng: Rng): tf.Tensor4D {
  if (!(rate >= 0 && rate < 1)) throw rangeError('The rate of DropBlock', 'in [0, 1)', rate);
  if (!(Number.isInteger(size) && size >= 1))
    throw rangeError('The block size of DropBlock', 'a whole number of at least 1', size);
  if (x.rank !== 4) throw shapeError('dropBlock', 'x [B, H, W, C]', x.shape);
  const [B, H, W, C] = x.shape;
  const side = Math.min(size, H, W);
  const corners: [number, number, number, number] = [B, H - side + 1, W - side + 1, C];
  const gamma = Math.min(0.999, ((rate / side ** 2) * (H * W)) / (corners[1] * corners[2]));
  const mask = tape.off(() =>
    tf.tidy(() => {
      const drawn = tf.cast(tf.equal(dropoutMask(corners, gamma, rng), 0), 'float32') as tf.Tensor4D;
      const border: [number, number] = [side - 1, side - 1];
      // A place is dropped when a corner lies within the block above and left of it.
      const padded = tf.pad(drawn, [[0, 0], border, border, [0, 0]]);
      const kept = tf.sub(1, tf.maxPool(padded, side, 1, 'valid'));
      return tf.mul(kept, tf.div(kept.size, tf.maximum(tf.sum(kept), 1)));
    }),
  );
  return masked(x, mask) as tf.Tensor4D;
}
