import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

const positive = (shape: number[], seed: number): tf.Tensor => tf.add(random(shape, seed), 1.5);

torchTest('normalises by channel, and by statistics of any shape', async (t) => {
  await sameAsCpu(t, 'batch norm', () => {
    const image = strided<tf.Rank.R4>([2, 4, 5, 3]);
    const statistics = (shape: number[]) => [
      random(shape, 2),
      positive(shape, 3),
      random(shape, 4),
      positive(shape, 5),
    ];
    const norm = (x: tf.Tensor, shape: number[], offset = true, scale = true) => {
      const [mean, variance, shift, slope] = statistics(shape) as tf.Tensor1D[];
      return tf.batchNorm(x, mean, variance, offset ? shift : undefined, scale ? slope : undefined, 0.01);
    };
    return [
      norm(image, [3]),
      norm(image, [3], false),
      norm(image, [3], true, false),
      norm(image, [2, 4, 5, 3]),
      norm(random([6, 3]), [3]),
      norm(random([2, 6, 3]), [3], false, false),
    ];
  });
});
