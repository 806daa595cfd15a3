import { differentiate } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/** Above any distance of unit vectors. */
const FAR = 1e3;

/** For each row, the column with the smallest of the values where `mask` is 1, of equal ones the first. `[B]` int32. */
export const nearest = (distances: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor1D =>
  tf.argMin(tf.add(distances, tf.mul(tf.sub(1, mask), FAR)), 1);

/** As {@link nearest}, with the largest. */
export const farthest = (distances: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor1D =>
  tf.argMax(tf.sub(distances, tf.mul(tf.sub(1, mask), FAR)), 1);

/** Distance of row i to row `index[i]`, `[B]`, with gradients to both: √max(‖·‖², 1e-12). */
export const distancesTo = (rows: tf.Tensor2D, index: tf.Tensor1D): tf.Tensor1D =>
  tf.sqrt(tf.maximum(tf.sum(tf.square(tf.sub(rows, pickRows(rows, index))), 1), 1e-12));

/** Rows by number. TensorFlow.js's gradient of a gather needs a kernel that not all back ends have. */
function pickRows(rows: tf.Tensor2D, index: tf.Tensor1D): tf.Tensor2D {
  const B = rows.shape[0];
  return differentiate({
    inputs: { rows: rows as tf.Tensor },
    forward(save): tf.Tensor {
      save(index);
      return tf.gather(rows, index);
    },
    backward: (dy, [index]) => ({
      rows: () => tf.matMul(tf.cast(tf.oneHot(index as tf.Tensor1D, B), 'float32'), dy, true),
    }),
  }) as tf.Tensor2D;
}
