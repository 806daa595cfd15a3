import * as tf from '@tensorflow/tfjs';
import { inBf16, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('ranges go up, down and nowhere', async (t) => {
  await sameAsCpu(t, 'ranges', () => [
    tf.range(2, 11, 3),
    tf.range(5, 0),
    tf.range(5, 0, -2, 'int32'),
    tf.range(0, 1, 0.3),
    tf.range(3, 3),
    tf.range(0, 5, -1),
    tf.range(5, 0, 2),
    tf.linspace(-1, 2, 7),
    tf.linspace(4, 9, 1),
  ]);
});

torchTest('tensors are filled in their type', async (t) => {
  await sameAsCpu(t, 'filled', () => {
    const x = strided([2, 3]);
    const inputs = [x, tf.cast(x, 'int32'), tf.greater(x, 0), tf.zeros([0, 2])];
    return [
      ...inputs.flatMap((input) => [tf.zerosLike(input), tf.onesLike(input)]),
      tf.fill([2, 2], Number.NEGATIVE_INFINITY),
      tf.fill([], 3, 'int32'),
      tf.fill([0, 2], 1),
      tf.onesLike(inBf16(x)),
    ];
  });
});

torchTest('an index beyond the classes has no hot element', async (t) => {
  await sameAsCpu(t, 'one-hot', () => {
    const indices = tf.transpose(
      tf.tensor2d(
        [
          [0, 2, -1],
          [3, 1, 9],
        ],
        [2, 3],
        'int32',
      ),
    );
    return [
      tf.oneHot(indices, 3),
      tf.oneHot(indices, 3, 0.9, 0.05, 'float32'),
      tf.oneHot(indices, 3, 1, 0, 'bool'),
      tf.oneHot(tf.tensor1d([], 'int32'), 3),
    ];
  });
});

torchTest('a diagonal is made of any shape', async (t) => {
  await sameAsCpu(t, 'diag', () => [tf.diag(strided([2, 3])), tf.diag(tf.tensor1d([1, 2], 'int32'))]);
});
