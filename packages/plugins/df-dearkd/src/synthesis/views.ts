import type { Rng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

/** How a batch is looked at in one iteration; the same for all its images. */
export interface View {
  /** Pixels the batch is rolled by, down and to the right, in a circle. */
  readonly roll: readonly [down: number, right: number];
  readonly mirrored: boolean;
  /** Side of the squares whose mean the network sees: 1 for none. */
  readonly pool: number;
}

/** Draws a view: shifts are whole numbers in [−jitter, jitter]. */
export function drawView(
  rng: Rng,
  { jitter, flip, pool }: { jitter: number; flip: number; pool: number },
): View {
  const shift = () => rng.integer(2 * jitter + 1) - jitter;
  return { roll: [shift(), shift()], mirrored: rng.uniform() < flip, pool };
}

/** `[B, H, W, C]` as the network is to see it: pooled, rolled, mirrored, in this order (golden case G15). */
export function look(images: tf.Tensor4D, { roll: [down, right], mirrored, pool }: View): tf.Tensor4D {
  let seen: tf.Tensor4D = pool === 1 ? images : tf.avgPool(images, pool, pool, 'valid');
  seen = roll(roll(seen, down, 1), right, 2);
  return mirrored ? tf.reverse<tf.Tensor4D>(seen, 2) : seen;
}

function roll(x: tf.Tensor4D, by: number, axis: 1 | 2): tf.Tensor4D {
  const size = x.shape[axis];
  const first = (((-by % size) + size) % size) as number;
  if (first === 0) return x;
  const [head, tail] = tf.split<tf.Tensor4D>(x, [first, size - first], axis);
  return tf.concat<tf.Tensor4D>([tail, head], axis);
}

/** `[B, H, W, C]` with every pixel as a square of four. */
export function enlarge(images: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = images.shape;
  return tf.image.resizeNearestNeighbor(images, [height * 2, width * 2]);
}
