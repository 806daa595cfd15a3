import * as tf from '@tensorflow/tfjs';
import { sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('rows are picked along any axis, by indices of any rank', async (t) => {
  await sameAsCpu(t, 'gather', () => {
    const x = strided([3, 4, 5]);
    const grid = tf.transpose(
      tf.tensor2d(
        [
          [2, 0, 1],
          [0, 0, 2],
        ],
        [2, 3],
        'int32',
      ),
    );
    return [
      tf.gather(x, grid, 0),
      tf.gather(x, grid, -1),
      tf.gather(x, tf.scalar(1, 'int32'), 1),
      tf.gather(x, tf.tensor1d([], 'int32'), 1),
      tf.gather(tf.greater(x, 0), grid, 1),
      tf.gather(tf.zeros([2, 0]), tf.tensor1d([1, 1, 0], 'int32')),
    ];
  });
});

torchTest('each row of a batch picks for itself', async (t) => {
  await sameAsCpu(t, 'batches', () => {
    const x = strided([2, 3, 4, 5]);
    const indices = tf.tensor2d(
      [
        [2, 0],
        [1, 1],
      ],
      [2, 2],
      'int32',
    );
    return [tf.gather(x, indices, 1, 1), tf.gather(x, indices, 2, 1), tf.gather(x, indices, 3, 1)];
  });
});

torchTest('an index beyond the axis is refused with its value', (t) => {
  const x = tf.ones([2, 3]);
  const expected = { message: 'GatherV2: the index value 3 is not in [0, 2]' };
  t.throws(() => tf.gather(x, tf.tensor1d([0, 3], 'int32'), 1), expected);
  t.throws(
    () =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [0, 3],
            [1, 1],
          ],
          [2, 2],
          'int32',
        ),
        1,
        1,
      ),
    expected,
  );
});

torchTest('multi-indices pick elements and slices', async (t) => {
  await sameAsCpu(t, 'gatherND', () => {
    const x = strided([3, 4, 5]);
    const index = (values: number[], shape: number[]) => tf.tensor(values, shape, 'int32');
    return [
      tf.gatherND(x, index([2, 3, 4, 0, 1, 2], [2, 3])),
      tf.gatherND(x, index([2, 3, 0, 1], [1, 2, 2])),
      tf.gatherND(x, index([1], [1])),
    ];
  });
});
