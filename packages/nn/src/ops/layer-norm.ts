import * as tf from '@tensorflow/tfjs';
import { differentiate, together } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { fused } from './fused.js';
import { sumRows } from './shapes.js';

/**
 * Layer normalisation over the last axis (Ba et al. 2016): `γ·(x − μ)/√(σ² + ε) + β`, σ² the population variance.
 * @param x `[..., D]`
 * @param gamma `[D]`
 * @param beta `[D]`
 * @param epsilon default 1e-6, as in timm's vision transformers (PyTorch's own default is 1e-5)
 * @returns `[..., D]`
 * @throws KdxError `KDX_SHAPE`
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon = 1e-6): tf.Tensor {
  if (x.shape[x.rank - 1] !== gamma.size || gamma.size !== beta.size) {
    throw shapeError('layerNorm', 'x [..., D], gamma [D] and beta [D]', x.shape, gamma.shape, beta.shape);
  }
  return differentiate({
    inputs: { x, gamma: gamma as tf.Tensor, beta: beta as tf.Tensor },
    forward(save) {
      const [y, mean, inverseStd] = fused('KdxLayerNorm', { x, gamma, beta }, { epsilon }) ?? normalise();
      save(x, gamma, mean, inverseStd);
      return y;
    },
    backward: (dy, [x, gamma, mean, inverseStd]) =>
      together(() => {
        const gradients = fused('KdxLayerNormGrad', { dy, x, gamma, mean, inverseStd }, {});
        if (gradients) return { x: gradients[0], gamma: gradients[1], beta: gradients[2] };
        const z = tf.mul(tf.sub(x, mean), inverseStd);
        const dz = tf.mul(dy, gamma);
        // Without the part of dz along 1 and along z, which the normalisation takes out again.
        const along1 = tf.mean(dz, -1, true);
        const alongZ = tf.mul(z, tf.mean(tf.mul(dz, z), -1, true));
        return {
          x: tf.mul(inverseStd, tf.sub(tf.sub(dz, along1), alongZ)),
          gamma: sumRows(tf.mul(dy, z)),
          beta: sumRows(dy),
        };
      }),
  });

  function normalise(): [y: tf.Tensor, mean: tf.Tensor, inverseStd: tf.Tensor] {
    const mean = tf.mean(x, -1, true);
    const centred = tf.sub(x, mean);
    const inverseStd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    return [tf.add(tf.mul(tf.mul(centred, inverseStd), gamma), beta), mean, inverseStd];
  }
}
