import * as tf from '@tensorflow/tfjs';

/**
 * Which channel stands at which rank, as one-hot rows `[k, C]`, k = ⌊C/2⌋: `salient` has the k channels of highest score
 * in order, `redundant` the k after them. Rank r is paired with rank r + k; of an odd number the last is left out.
 */
export interface Halves {
  readonly salient: tf.Tensor2D;
  readonly redundant: tf.Tensor2D;
}

/**
 * Halves of channels by score `[C]`, on the device. Ranks are counted, not sorted, so that of equal scores the channel
 * with the lower index always comes first: `rank_c = #{j : s_j > s_c} + #{j < c : s_j = s_c}`.
 */
export function halvesByScore(scores: tf.Tensor1D): Halves {
  const C = scores.shape[0];
  const [row, column] = [tf.reshape(scores, [1, C]), tf.reshape(scores, [C, 1])];
  const index = tf.range(0, C, 1, 'int32');
  const before = tf.less(tf.reshape(index, [1, C]), tf.reshape(index, [C, 1]));
  const ahead = tf.logicalOr(tf.greater(row, column), tf.logicalAnd(tf.equal(row, column), before));
  return halvesByRank(tf.sum(tf.cast(ahead, 'int32'), 1));
}

/** Halves by rank: `ranks[c]` is the rank of channel c, 0 the most salient. */
export function halvesByRank(ranks: tf.Tensor): Halves {
  const C = ranks.shape[0] as number;
  const k = Math.floor(C / 2);
  const rows = (from: number): tf.Tensor2D => {
    const wanted = tf.reshape(tf.range(from, from + k, 1, 'int32'), [k, 1]);
    return tf.cast(tf.equal(wanted, tf.reshape(ranks, [1, C])), 'float32');
  };
  return { salient: rows(0), redundant: rows(k) };
}

/** Rank of each channel by scores on the host; ties as in {@link halvesByScore}. */
export function ranksOf(scores: ArrayLike<number>): Int32Array {
  const order = Array.from(scores, (_, c) => c).sort((a, b) => scores[b] - scores[a] || a - b);
  const ranks = new Int32Array(order.length);
  order.forEach((channel, rank) => {
    ranks[channel] = rank;
  });
  return ranks;
}
