import type { Rng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { tape } from '../autodiff/tape.js';
import { rangeError } from '../errors.js';
import { fused } from './fused.js';

/**
 * Sets each element to 0 with probability `rate` and divides the others by 1 − rate (Srivastava et al. 2014).
 * @param x any shape
 * @param rate in [0, 1)
 * @param rng gives the seed of the back end's own generator, so masks differ between back ends
 * @throws KdxError `KDX_RANGE`
 */
export function dropout(x: tf.Tensor, rate: number, rng: Rng): tf.Tensor {
  return masked(x, dropoutMask(x.shape, rate, rng));
}

/**
 * Stochastic depth (Huang et al. 2016), per sample: drops whole samples of a residual branch with probability `rate`
 * and divides the kept ones by 1 − rate, as timm does.
 * @param x `[B, ...]`
 * @param rate in [0, 1)
 * @param rng draws one number per sample on the host, so that every back end drops the same ones
 * @throws KdxError `KDX_RANGE`
 */
export function dropPath(x: tf.Tensor, rate: number, rng: Rng): tf.Tensor {
  checkRate('drop path', rate);
  const [B, ...rest] = x.shape;
  const keep = Float32Array.from({ length: B }, () => (rng.uniform() < rate ? 0 : 1 / (1 - rate)));
  const mask = tape.off(() => tf.tensor(keep, [B, ...rest.map(() => 1)]));
  return masked(x, mask);
}

/** A tensor of `shape` that is 0 with probability `rate` and 1/(1 − rate) otherwise. */
export function dropoutMask(shape: readonly number[], rate: number, rng: Rng): tf.Tensor {
  checkRate('dropout', rate);
  const seed = rng.seed();
  return tape.off(() => {
    const mask = fused('KdxDropoutMask', {}, { shape, rate, seed });
    if (mask) return mask[0];
    const kept = tf.greaterEqual(tf.randomUniform([...shape], 0, 1, 'float32', seed), rate);
    return tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate));
  });
}

/** `x` times a mask that nothing is learned through. */
export function masked(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return differentiate({
    inputs: { x },
    forward(save) {
      save(mask);
      return tf.mul(x, mask);
    },
    backward: (dy, [mask]) => ({ x: () => tf.mul(dy, mask) }),
  });
}

function checkRate(what: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw rangeError(`The rate of ${what}`, 'in [0, 1)', rate);
}
