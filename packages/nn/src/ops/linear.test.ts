import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { linear } from './linear.js';

const affine = (x: tf.Tensor, weight: tf.Tensor, b: tf.Tensor) => {
  const w = weight as tf.Tensor2D;
  const [fanIn, fanOut] = w.shape;
  return tf
    .add(tf.matMul(x.reshape([x.size / fanIn, fanIn]), w), b)
    .reshape([...x.shape.slice(0, -1), fanOut]);
};
const op = (x: tf.Tensor, w: tf.Tensor, b?: tf.Tensor) => linear(x, w as tf.Tensor2D, b as tf.Tensor1D);

test.before(() => tf.setBackend('cpu'));

test('linear multiplies by hand numbers', (t) => {
  const y = linear(
    tf.tensor([1, 2], [1, 2]),
    tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]),
    tf.tensor1d([10, 20, 30]),
  );
  close(t, y, [19, 32, 45]);
});

test('linear has the gradient of an affine map at ranks 1, 2 and 3', (t) => {
  for (const shape of [[3], [4, 3], [2, 4, 3]]) {
    checkGradients(t, op, affine, [values(shape), values([3, 5], 2), values([5], 3)]);
  }
});

test('linear works without a bias', (t) => {
  const withoutBias = (x: tf.Tensor, w: tf.Tensor) => affine(x, w, tf.zeros([5]));
  checkGradients(t, (x, w) => op(x, w), withoutBias, [values([4, 3]), values([3, 5], 2)]);
});

test('linear does not compute a gradient that nobody asks for', async (t) => {
  const [x, w] = [values([4, 3]), values([3, 5]) as tf.Tensor2D];
  const count = async (f: (v: tf.Tensor) => tf.Tensor, v: tf.Tensor) => {
    const profile = await tf.profile(() => tf.grad((z) => f(z).sum())(v));
    return profile.kernels.filter(({ name }) => name === 'BatchMatMul' || name === '_FusedMatMul').length;
  };
  t.is(await count((v) => linear(x, v as tf.Tensor2D), w), 2);
  t.is(await count((v) => linear(v, w), x), 2);
});

test('linear names the shapes that do not fit', (t) => {
  t.throws(() => linear(values([2, 4]), values([3, 5]) as tf.Tensor2D), {
    code: 'KDX_SHAPE',
    message: /\[2, 4\] and \[3, 5\]/,
  });
});
