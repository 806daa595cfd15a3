import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { batchNormInference, batchNormTraining } from './batch-norm.js';

const v = (x: tf.Tensor) => x as tf.Tensor1D;
const formula = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor) =>
  x.sub(mean).div(variance.add(1e-5).sqrt()).mul(g).add(b);

test.before(() => tf.setBackend('cpu'));

test('batch norm takes the population variance of golden G14', (t) => {
  // Sample 0: channels [1, 0], [3, 0]; sample 1: [5, 2], [7, 4].
  const x = tf.tensor4d([1, 0, 3, 0, 5, 2, 7, 4], [2, 1, 2, 2]);
  const { y, mean, variance } = batchNormTraining(x, tf.ones([2]), tf.zeros([2]));
  close(t, mean, [4, 1.5]);
  close(t, variance, [5, 2.75]);
  close(t, y.slice([0, 0, 0, 0], [1, 1, 1, 2]), [-3 / Math.sqrt(5), -1.5 / Math.sqrt(2.75)], {
    relative: 1e-5,
  });
});

test('batch norm has the gradient of its formula while training', (t) => {
  for (const shape of [
    [2, 2, 3, 3],
    [5, 3],
  ]) {
    const axes = shape.slice(1).map((_, axis) => axis);
    checkGradients(
      t,
      (x, g, b) => batchNormTraining(x, v(g), v(b)).y,
      (x, g, b) => {
        const { mean, variance } = tf.moments(x, axes);
        return formula(x, g, b, mean, variance);
      },
      [values(shape), values([3], 2), values([3], 3)],
    );
  }
});

test('batch statistics carry no gradient', (t) => {
  const x = values([4, 3]);
  const { grads } = tf.valueAndGrads((x: tf.Tensor) => {
    const { y, mean, variance } = batchNormTraining(x, tf.ones([3]), tf.zeros([3]));
    return y.sum().add(mean.sum()).add(variance.sum());
  })([x]);
  // The sum of a normalised batch is constant, so nothing is left.
  close(t, grads[0], new Float32Array(12), { absolute: 1e-5 });
});

test('batch norm has the gradient of its formula at inference', (t) => {
  const [mean, variance] = [values([3], 4), values([3], 5).square()];
  for (const shape of [
    [2, 2, 2, 3],
    [4, 3],
  ]) {
    checkGradients(
      t,
      (x, g, b) => batchNormInference(x, v(g), v(b), v(mean), v(variance)),
      (x, g, b) => formula(x, g, b, mean, variance),
      [values(shape), values([3], 2), values([3], 3)],
    );
  }
});

test('batch norm names the shapes that do not fit', (t) => {
  t.throws(() => batchNormTraining(values([4, 3]), tf.ones([2]), tf.zeros([2])), { code: 'KDX_SHAPE' });
});
