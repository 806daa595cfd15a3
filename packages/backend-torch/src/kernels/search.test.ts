import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('the largest come first, and of equal ones the first', async (t) => {
  await sameAsCpu(t, 'topk', () => {
    const ties = tf.round(tf.mul(strided([3, 40]), 3));
    return [ties, tf.cast(ties, 'int32'), random([2, 5])].flatMap((x) => {
      const { values, indices } = tf.topk(x, 5);
      return [values, indices];
    });
  });
});

torchTest('values are placed before or after their equals', async (t) => {
  await sameAsCpu(t, 'searchSorted', () => {
    const sorted = tf.tensor2d([
      [0, 3, 3, 8],
      [1, 2, 3, 4],
    ]);
    const values = tf.tensor2d([
      [3, 9, -1],
      [0, 3, 3],
    ]);
    return [
      tf.searchSorted(sorted, values, 'left'),
      tf.searchSorted(sorted, values, 'right'),
      tf.searchSorted(tf.cast(sorted, 'int32'), values),
      tf.searchSorted(tf.transpose(tf.transpose(sorted)), tf.transpose(tf.transpose(values))),
    ];
  });
});
