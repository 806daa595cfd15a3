import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { onWasm, random, sameAsCpu } from '../testing/against-cpu.js';

test('slice of every rank', async (t) => {
  const cases: Array<[number[], number[], number[]]> = [
    [[9], [3], [4]],
    [
      [4, 100],
      [1, 20],
      [2, 60],
    ],
    [
      [4, 5],
      [0, 0],
      [4, 5],
    ],
    [
      [4, 5, 6],
      [1, 0, 2],
      [2, 5, 3],
    ],
    [
      [4, 5, 40],
      [1, 2, 0],
      [3, 2, 40],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 1, 2],
      [2, 1, 3, -1],
    ],
    [
      [2, 2, 3, 2, 3],
      [1, 0, 1, 0, 1],
      [1, 2, 2, 2, 2],
    ],
    [
      [3, 4],
      [1, 2],
      [0, 2],
    ],
  ];
  for (const [shape, begin, size] of cases) {
    await sameAsCpu(t, `[${shape}]`, () => [
      tf.slice(random(shape), begin, size),
      tf.slice(tf.cast(tf.mul(random(shape), 100), 'int32'), begin, size),
    ]);
  }
});

test('split, equally and not, and its gradient', async (t) => {
  await sameAsCpu(t, 'equal', () => tf.split(random([4, 6, 9]), 3, -1));
  await sameAsCpu(t, 'unequal', () => tf.split(random([4, 6, 9]), [1, 3, 2], 1));
  await sameAsCpu(t, 'gradient', () => [
    tf.grad((x: tf.Tensor) => tf.mul(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor])))(random([3, 8])),
  ]);
});

test('tile of every rank and type', async (t) => {
  const cases: Array<[number[], number[]]> = [
    [[5], [3]],
    [
      [1, 1, 6],
      [4, 3, 1],
    ],
    [
      [3, 1],
      [1, 7],
    ],
    [
      [2, 3, 4],
      [2, 1, 3],
    ],
    [
      [2, 3],
      [1, 1],
    ],
    [
      [2, 3],
      [0, 2],
    ],
    [
      [2, 1, 3, 1, 2],
      [1, 2, 2, 3, 1],
    ],
  ];
  for (const [shape, reps] of cases) {
    await sameAsCpu(t, `[${shape}] × [${reps}]`, () => {
      const x = random(shape);
      return [
        tf.tile(x, reps),
        tf.tile(tf.greater(x, 0), reps),
        tf.tile(tf.cast(tf.mul(x, 9), 'int32'), reps),
      ];
    });
  }
});

test('where with conditions of the same shape and of rank 1', async (t) => {
  await sameAsCpu(t, 'where', () => {
    const [x, y] = [random([4, 5]), random([4, 5], 2)];
    const rows = tf.tensor1d([1, 0, 0, 1], 'bool');
    return [
      tf.where(tf.greater(x, y), x, y),
      tf.where(tf.greater(x, 0), tf.onesLike(x), tf.zerosLike(x)),
      tf.where(tf.tile(tf.reshape(rows, [4, 1]), [1, 5]), x, y),
    ];
  });
});

test('cast between all numeric types', async (t) => {
  await sameAsCpu(t, 'cast', () => {
    const x = tf.tensor1d([0, -0, 0.5, -0.25, 1, 256, -3.7, 512]);
    const types = ['float32', 'int32', 'bool'] as const;
    return types.flatMap((dtype) => [
      tf.cast(x, dtype),
      ...types.map((to) => tf.cast(tf.cast(x, dtype), to)),
    ]);
  });
});

test('a clone shares its data and outlives the original', async (t) => {
  await onWasm(() => {
    const x = tf.tensor1d([1, 2, 3]);
    const copy = tf.clone(x);
    x.dispose();
    const other = tf.tensor1d([7, 8, 9]);
    t.deepEqual([...copy.dataSync()], [1, 2, 3]);
    tf.dispose([copy, other]);
  });
});

test('gather and its gradient, a sum over unsorted segments', async (t) => {
  await sameAsCpu(t, 'gather', () => {
    const indices = tf.tensor1d([2, 0, 2, 1], 'int32');
    return [
      tf.grad((x: tf.Tensor) => tf.square(tf.gather(x, indices)))(random([4, 3])),
      tf.grad((x: tf.Tensor) => tf.square(tf.gather(x, indices, 1)))(random([3, 4, 2])),
      tf.unsortedSegmentSum(random([4, 3]), tf.tensor1d([1, -1, 0, 1], 'int32'), 3),
    ];
  });
  await onWasm(() => {
    const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([1, 1, 0], 'int32'), 2);
    t.is(sums.dtype, 'int32');
    t.deepEqual([...sums.dataSync()], [3, 3]);
    sums.dispose();
  });
});
