import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('strided tensors are joined, repeated, turned and padded', async (t) => {
  await sameAsCpu(t, 'arranged', () => {
    const x = strided<tf.Rank.R3>([3, 4, 5]);
    const y = random([3, 2, 5], 2);
    return [
      tf.concat([x, y, x], 1),
      tf.stack([x, tf.add(x, 1)], -1),
      tf.tile(x, [2, 1, 3]),
      tf.reverse(x, [0, -1]),
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
          [3, 1],
        ],
        7,
      ),
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [0, 3],
          [4, 0],
        ],
        'reflect',
      ),
      tf.mirrorPad(
        x,
        [
          [3, 2],
          [0, 4],
          [5, 1],
        ],
        'symmetric',
      ),
    ];
  });
});

torchTest('types are kept', async (t) => {
  await sameAsCpu(t, 'int32 and bool', () => {
    const whole = tf.tensor2d(
      [
        [1, -2],
        [3, 4],
      ],
      [2, 2],
      'int32',
    );
    const truth = tf.cast(tf.greater(whole, 0), 'bool');
    return [whole, truth].flatMap((x) => [
      tf.concat([x, x]),
      tf.stack([x, x]),
      tf.tile(x, [1, 2]),
      tf.reverse(x),
      tf.pad(x, [
        [0, 1],
        [1, 0],
      ]),
    ]);
  });
});

torchTest('tensors without elements are arranged like others', async (t) => {
  await sameAsCpu(t, 'empty', () => {
    const x = tf.zeros<tf.Rank.R2>([0, 3]);
    return [
      tf.concat([x, random([2, 3]), x]),
      tf.stack([x, x], 1),
      tf.tile(x, [2, 2]),
      tf.tile(random([2, 3]), [0, 1]),
      tf.reverse(x, 1),
      tf.pad(
        x,
        [
          [1, 1],
          [0, 1],
        ],
        3,
      ),
    ];
  });
});

torchTest('tensors of different types are not stacked', (t) => {
  t.throws(() => tf.stack([tf.scalar(1), tf.scalar(1, 'int32')]), { message: /matching dtypes/ });
});

torchTest('blocks of space go to the batch and back', async (t) => {
  await sameAsCpu(t, 'blocks', () => {
    const x = strided<tf.Rank.R4>([2, 4, 6, 3]);
    const blocks = tf.spaceToBatchND(
      x,
      [2, 3],
      [
        [2, 0],
        [1, 2],
      ],
    );
    return [
      blocks,
      tf.batchToSpaceND(
        blocks,
        [2, 3],
        [
          [2, 0],
          [1, 2],
        ],
      ),
    ];
  });
});

torchTest('depth becomes space in either layout', (t) => {
  const x = strided<tf.Rank.R4>([2, 3, 4, 8]);
  const last = tf.depthToSpace(x, 2, 'NHWC');
  const first = tf.depthToSpace(tf.transpose(x, [0, 3, 1, 2]), 2, 'NCHW');
  t.deepEqual(last.shape, [2, 6, 8, 2]);
  t.deepEqual(tf.transpose(first, [0, 2, 3, 1]).arraySync(), last.arraySync());
  // [b, h, w, d] of the result lies in row h mod 2 and column w mod 2 of its pixel's 2 x 2 blocks of channels.
  const [from, to] = [x.arraySync(), last.arraySync()];
  t.is(to[1][5][2][1], from[1][2][1][(1 * 2 + 0) * 2 + 1]);
});
