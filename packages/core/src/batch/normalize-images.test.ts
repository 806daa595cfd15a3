import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { normalizeImages } from './normalize-images.js';

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

test.before(() => tf.setBackend('cpu'));

test('black and white become the known ImageNet limits', (t) => {
  const images = tf.stack([tf.zeros([1, 1, 3]), tf.ones([1, 1, 3])]) as tf.Tensor4D;
  const limits = [-2.11790393, -2.03571429, -1.80444444, 2.2489083, 2.42857143, 2.64];
  const found = normalizeImages(images, imageNet).dataSync();
  limits.forEach((limit, i) => {
    t.true(Math.abs(found[i] - limit) <= 1e-6, `${found[i]} is not ${limit}`);
  });
});

test('pixels get the gradient 1/std', (t) => {
  const gradient = tf
    .grad((x) => normalizeImages(x as tf.Tensor4D, imageNet))(tf.ones([1, 1, 1, 3]))
    .dataSync();
  imageNet.std.forEach((std, i) => {
    t.true(Math.abs(gradient[i] * std - 1) <= 1e-6, `${gradient[i]}`);
  });
});

test('statistics for another number of channels are refused', (t) => {
  t.throws(() => normalizeImages(tf.zeros([1, 2, 2, 1]), imageNet), { code: 'KDX_SHAPE' });
});
