import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { fused } from './fused.js';
import { sumRows, toMatrix } from './shapes.js';

/**
 * `y = x·W + b`.
 * @param x `[..., in]`
 * @param weight `[in, out]`
 * @param bias `[out]`
 * @returns `[..., out]`
 * @throws KdxError `KDX_SHAPE`
 */
export function linear(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const [fanIn, fanOut] = weight.shape;
  const { shape } = x;
  if (x.rank < 1 || shape[x.rank - 1] !== fanIn) {
    throw shapeError('linear', 'x [..., in] and weight [in, out]', shape, weight.shape);
  }
  return differentiate<{ x: tf.Tensor; weight: tf.Tensor; bias?: tf.Tensor }, tf.Tensor>({
    inputs: { x, weight, bias },
    forward(save) {
      save(x, weight);
      const product = fused('KdxLinear', { x, weight, bias }, {});
      if (product) return product[0];
      const y = tf.fused.matMul({ a: toMatrix(x), b: weight, bias });
      return tf.reshape(y, [...shape.slice(0, -1), fanOut]);
    },
    reads: { x: [1], weight: [0], bias: [] },
    backward: (dy, [x, weight]) => ({
      x: () =>
        fused('KdxLinearGradInput', { dy, weight }, {})?.[0] ??
        tf.reshape(tf.matMul(toMatrix(dy), weight as tf.Tensor2D, false, true), shape),
      weight: () =>
        fused('KdxLinearGradWeight', { x, dy }, {})?.[0] ?? tf.matMul(toMatrix(x), toMatrix(dy), true),
      bias: () => sumRows(dy),
    }),
  });
}
