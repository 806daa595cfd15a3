import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { normalizeImages } from './normalize-images.js';

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

test.before(() => tf.setBackend('cpu'));

test('black and white become the known ImageNet limits', (t) => {
  const images = tf.stack([tf.zeros([1, 1, 3]), tf.ones([1, 1, 3])]) as tf.Tensor4D;
  const limits = [-2.11790393, -2.03571429, -1.80444444, 2.2489083, 2.42857143, 2.64];
  close(t, normalizeImages(images, imageNet), limits);
});

test('pixels get the gradient 1/std', (t) => {
  const op = (x: tf.Tensor) => normalizeImages(x as tf.Tensor4D, imageNet);
  const plain = (x: tf.Tensor) => x.sub(tf.tensor1d(imageNet.mean)).div(tf.tensor1d(imageNet.std));
  checkGradients(t, op, plain, [values([1, 2, 2, 3])]);
});

test('statistics for another number of channels are refused', (t) => {
  t.throws(() => normalizeImages(tf.zeros([1, 2, 2, 1]), imageNet), { code: 'KDX_SHAPE' });
});
