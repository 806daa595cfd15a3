import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest(
  'local response normalisation and its gradient, also with a radius beyond all channels',
  async (t) => {
    for (const radius of [0, 1, 2, 9]) {
      await sameAsCpu(t, `radius ${radius}`, () => {
        const normalise = (x: tf.Tensor) =>
          tf.localResponseNormalization(x as tf.Tensor4D, radius, 1.2, 0.7, 0.6);
        const x = random<tf.Rank.R4>([2, 3, 4, 5]);
        return [normalise(x), tf.grad(normalise)(x, random(x.shape, 2))];
      });
    }
  },
);
