import * as tf from '@tensorflow/tfjs';
import { hasKernel } from '../backend/fused.js';
import { CLIP_GRADIENTS } from '../kernels/contract.js';
import { isShared, runUpdate } from './fused-updates.js';

/**
 * Scales gradients down together so that their global norm `√Σ‖g‖²` is at most `maxNorm`, as PyTorch's
 * `clip_grad_norm_` does (`min(1, maxNorm / (norm + 1e-6))`). Nothing is read back.
 *
 * The gradients given may be changed in place: go on with those returned.
 * @returns gradients under the same names (new tensors, or those given), and the norm before clipping; the caller's to
 *   dispose, or the open scope's.
 */
export function clipByGlobalNorm<K>(
  gradients: ReadonlyMap<K, tf.Tensor>,
  maxNorm: number,
): { gradients: Map<K, tf.Tensor>; norm: tf.Scalar } {
  const given = [...gradients.values()];
  const fused = given.length > 0 && hasKernel(CLIP_GRADIENTS);
  const [norm, ...clipped] = fused ? inPlace(given, maxNorm) : composed(given, maxNorm);
  return {
    gradients: new Map([...gradients.keys()].map((key, i) => [key, clipped[i]])),
    norm: norm as tf.Scalar,
  };
}

function inPlace(given: readonly tf.Tensor[], maxNorm: number): tf.Tensor[] {
  // Two parameters may share one gradient (both of a sum), which must not be scaled twice.
  const gradients = given.map((gradient) => (isShared(gradient) ? tf.mul(gradient, 1) : gradient));
  return [...runUpdate(CLIP_GRADIENTS, [gradients], { maxNorm }), ...gradients];
}

function composed(given: readonly tf.Tensor[], maxNorm: number): tf.Tensor[] {
  // What is between goes at once, so that it does not matter whether a scope is open.
  return tf.tidy(() => {
    const squares = given.map((gradient) => tf.tidy(() => tf.sum(tf.square(gradient))));
    const norm = tf.sqrt(squares.length === 0 ? tf.scalar(0) : tf.addN(squares));
    const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1);
    return [norm, ...given.map((gradient) => tf.mul(gradient, factor))];
  });
}
