import type { Rng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { differentiate, type LazyGradients, together } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { dropoutMask } from './dropout.js';
import { fused } from './fused.js';
import { sameShape, sumToShape } from './shapes.js';
import { softmax, softmaxGradient } from './softmax.js';

export interface AttentionOptions {
  /** Multiplies q·kᵀ. Default 1/√d. */
  readonly scale?: number;
  /** Added to the scores before the softmax: `[1|B, 1|H, N, N]`. Gets a gradient. */
  readonly bias?: tf.Tensor4D;
  /** Drops attention weights with probability `rate` in [0, 1), the others divided by 1 − rate. */
  readonly dropout?: { readonly rate: number; readonly rng: Rng };
}

type Inputs = { q: tf.Tensor; k: tf.Tensor; v: tf.Tensor; bias?: tf.Tensor };

/**
 * Scaled dot-product attention (Vaswani et al. 2017, eq. 1): `softmax(scale·q·kᵀ + bias)·v`.
 * @param q `[B, H, N, d]`, as are k and v
 * @returns `[B, H, N, d]`
 * @throws KdxError `KDX_SHAPE`, `KDX_RANGE`
 */
export function attention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  { scale = 1 / Math.sqrt(q.shape[3]), bias, dropout }: AttentionOptions = {},
): tf.Tensor4D {
  const [B, H, N] = q.shape;
  if (q.rank !== 4 || !sameShape(q.shape, k.shape) || !sameShape(q.shape, v.shape)) {
    throw shapeError('attention', 'q, k and v of one shape [B, H, N, d]', q.shape, k.shape, v.shape);
  }
  if (bias && !fits(bias.shape, [B, H, N, N])) {
    throw shapeError('attention', `a bias that broadcasts to [${B}, ${H}, ${N}, ${N}]`, bias.shape);
  }
  const mask =
    dropout && dropout.rate !== 0 ? dropoutMask([B, H, N, N], dropout.rate, dropout.rng) : undefined;
  let inKernel = false;

  return differentiate<Inputs, tf.Tensor4D>({
    inputs: { q, k, v, bias },
    forward(save) {
      const kernel = fused('KdxAttention', { q, k, v, bias, mask }, { scale });
      inKernel = kernel !== undefined;
      if (kernel) {
        save(q, k, v, ...present(mask), ...present(bias), ...kernel);
        return kernel[0] as tf.Tensor4D;
      }
      const scores = tf.matMul(tf.mul(q, scale), k, false, true);
      const weights = softmax(bias ? tf.add(scores, bias) : scores);
      save(q, k, v, ...present(mask), weights);
      return tf.matMul(mask ? tf.mul(weights, mask) : weights, v);
    },
    backward(dy, saved) {
      const rest = [...saved];
      const [q, k, v] = rest.splice(0, 3);
      const biasShape = bias?.shape;
      const keptMask = mask && rest.shift();
      return together(() => {
        if (inKernel) {
          const keptBias = bias && rest.shift();
          const [y, state] = rest;
          const inputs = { dy, q, k, v, y, saved: state, bias: keptBias, mask: keptMask };
          const [dq, dk, dv, dbias] = fused('KdxAttentionGrad', inputs, { scale })!;
          return { q: dq, k: dk, v: dv, ...(dbias && { bias: dbias }) };
        }
        const [weights] = rest;
        const dropped = keptMask ? tf.mul(weights, keptMask) : weights;
        const dDropped = tf.matMul(dy, v, false, true);
        const dScores = softmaxGradient(keptMask ? tf.mul(dDropped, keptMask) : dDropped, weights);
        return {
          q: tf.mul(tf.matMul(dScores, k), scale),
          k: tf.mul(tf.matMul(dScores, q, true), scale),
          v: tf.matMul(dropped, dy, true),
          ...(biasShape && { bias: sumToShape(dScores, biasShape) }),
        };
      }) as LazyGradients<Inputs>;
    },
  });
}

const present = (tensor: tf.Tensor | undefined): tf.Tensor[] => (tensor ? [tensor] : []);

const fits = (shape: readonly number[], full: readonly number[]): boolean =>
  shape.length === full.length && shape.every((size, axis) => size === 1 || size === full[axis]);
