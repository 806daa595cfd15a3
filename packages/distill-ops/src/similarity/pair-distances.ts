import * as tf from '@tensorflow/tfjs';

/** Columns are compared so many at a time, so that a batch's pairs fit the processor's cache. */
const CHUNK = 64;

/**
 * Euclidean distances of all rows, to choose pairs by; it has no useful gradient. It sums the squares of differences: from
 * products of rows, small distances would be rounding, and equal ones would not come out equal.
 * @param rows `[B, D]`
 * @returns `[B, B]`
 */
export function pairDistances(rows: tf.Tensor2D): tf.Tensor2D {
  const [B, D] = rows.shape;
  return tf.tidy(() => {
    let squares: tf.Tensor = tf.zeros([B, B]);
    for (let begin = 0; begin < D; begin += CHUNK) {
      const part = tf.slice(rows, [0, begin], [B, Math.min(CHUNK, D - begin)]);
      const more = tf.tidy(() =>
        tf.sum(tf.square(tf.sub(tf.expandDims(part, 1), tf.expandDims(part, 0))), 2),
      );
      squares = tf.add(squares, more);
    }
    return tf.sqrt(squares) as tf.Tensor2D;
  });
}
