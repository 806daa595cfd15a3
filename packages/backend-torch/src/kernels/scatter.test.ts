import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

const index = (values: number[], shape: number[]) => tf.tensor(values, shape, 'int32');

torchTest('updates of one place are added up', async (t) => {
  await sameAsCpu(t, 'scatterND', () => [
    tf.scatterND(index([4, 1, 4], [3, 1]), tf.tensor1d([1, 2, 3]), [6]),
    tf.scatterND(index([4, 1, 4], [3, 1]), tf.tensor1d([1, 2, 3], 'int32'), [6]),
    tf.scatterND(index([1, 2, 0, 0, 1, 2], [3, 2]), strided([3, 4]), [2, 3, 4]),
  ]);
});

torchTest('updates overwrite, the last of one place staying', async (t) => {
  await sameAsCpu(t, 'tensorScatterUpdate', () => [
    tf.tensorScatterUpdate(strided([4, 5]), index([3, 1, 3], [3, 1]), strided([3, 5], 2)),
    tf.tensorScatterUpdate(tf.ones([2, 2], 'int32'), index([0, 1, 1, 0], [2, 2]), index([7, 8], [2])),
  ]);
});

torchTest('what is scattered into is left as it was', (t) => {
  const x = tf.ones([3]);
  tf.tensorScatterUpdate(x, index([1], [1, 1]), tf.tensor1d([5]));
  t.deepEqual(Array.from(x.dataSync()), [1, 1, 1]);
});

torchTest('sparse values become dense around their default', async (t) => {
  await sameAsCpu(t, 'sparseToDense', () => [
    tf.sparseToDense(index([0, 3], [2]), tf.tensor1d([5, 6]), [5], tf.scalar(-1)),
    tf.sparseToDense(index([0, 1, 2, 2], [2, 2]), tf.scalar(4), [3, 3], tf.scalar(0.5)),
    tf.sparseToDense(index([2], []), tf.scalar(4, 'int32'), [3], tf.scalar(1, 'int32')),
  ]);
});

torchTest('rows are added up by segment, those of no segment left out', async (t) => {
  await sameAsCpu(t, 'unsortedSegmentSum', () => [
    tf.unsortedSegmentSum(strided([4, 3]), tf.tensor1d([2, 0, 2, 0], 'int32'), 4),
    tf.unsortedSegmentSum(random([5]), tf.tensor1d([-1, 1, 5, 1, 2], 'int32'), 3),
    tf.unsortedSegmentSum(tf.zeros([0, 2]), tf.tensor1d([], 'int32'), 2),
  ]);
});

torchTest('numbers stored as bf16 are added up in float32', async (t) => {
  await sameAsCpu(t, 'bf16', () => {
    const ones = inBf16(tf.ones<tf.Rank.R1>([1000]));
    const nowhere = tf.zeros<tf.Rank.R1>([1000], 'int32');
    return [
      tf.unsortedSegmentSum(ones, nowhere, 1),
      tf.scatterND(tf.expandDims(nowhere, 1), ones, [2]),
      tf.tensorScatterUpdate(inBf16(tf.ones([3])), index([1], [1, 1]), tf.tensor1d([0.3])),
    ];
  });
});

torchTest('values are counted, weighted or not, up to a size', async (t) => {
  await sameAsCpu(t, 'bincount', () => {
    const x = tf.tensor1d([1, 0, 1, 9, 3], 'int32');
    const rows = tf.transpose(
      tf.tensor2d(
        [
          [1, 2],
          [1, 7],
          [0, 2],
        ],
        [3, 2],
        'int32',
      ),
    ) as tf.Tensor2D;
    const weights = random<tf.Rank.R2>([2, 3]);
    const none = tf.tensor1d([]);
    return [
      tf.bincount(x, none, 4),
      tf.bincount(x, tf.tensor1d([0.5, 2, 0.25, 8, 4]), 4),
      tf.bincount(x, tf.tensor1d([5, 2, 1, 8, 4], 'int32'), 4),
      tf.bincount(tf.tensor1d([], 'int32'), none, 3),
      tf.denseBincount(rows, weights, 3),
      tf.denseBincount(rows, weights, 3, true),
    ];
  });
  const counts = tf.denseBincount(tf.tensor1d([1, 0, 1, 3], 'int32'), tf.tensor1d([]), 4, true);
  t.deepEqual(Array.from(counts.dataSync()), [1, 1, 0, 1]);
});
