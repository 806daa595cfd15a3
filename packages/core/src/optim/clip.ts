import * as tf from '@tensorflow/tfjs';

/**
 * Scales gradients down together so that their global norm `√Σ‖g‖²` is at most `maxNorm`, as PyTorch's
 * `clip_grad_norm_` does (`min(1, maxNorm / (norm + 1e-6))`). Nothing is read back.
 *
 * @returns New gradients under the same names, and the norm before clipping; the caller's to dispose, or
 *   the open scope's.
 */
export function clipByGlobalNorm<K>(
  gradients: ReadonlyMap<K, tf.Tensor>,
  maxNorm: number,
): { gradients: Map<K, tf.Tensor>; norm: tf.Scalar } {
  // What is between goes at once, so that it does not matter whether a scope is open.
  const [norm, ...clipped] = tf.tidy(() => {
    const squares = [...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)));
    const total = tf.sqrt(squares.length === 0 ? tf.scalar(0) : tf.addN(squares));
    const factor = tf.minimum(tf.div(maxNorm, tf.add(total, 1e-6)), 1);
    return [total, ...[...gradients.values()].map((gradient) => tf.mul(gradient, factor))];
  });
  return {
    gradients: new Map([...gradients.keys()].map((key, i) => [key, clipped[i]])),
    norm: norm as tf.Scalar,
  };
}
