import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('any axes of strided tensors are reduced', async (t) => {
  for (const axes of [undefined, [], 1, -1, [0, 2], [2, 1]]) {
    for (const keepDims of [false, true]) {
      await sameAsCpu(t, `axes ${axes}, keepDims ${keepDims}`, () => {
        const x = strided([3, 4, 5]);
        const truth = tf.greater(x, -0.5);
        return [
          ...[tf.sum, tf.mean, tf.prod, tf.max, tf.min].map((op) => op(x, axes, keepDims)),
          tf.all(truth, axes, keepDims),
          tf.any(truth, axes, keepDims),
        ];
      });
    }
  }
});

torchTest('a scalar is its own reduction', async (t) => {
  await sameAsCpu(t, 'scalar', () => {
    const x = tf.scalar(-2.5);
    return [tf.sum(x), tf.mean(x), tf.prod(x), tf.max(x), tf.min(x), tf.all(tf.scalar(true))];
  });
});

torchTest('nothing is summed to 0 and multiplied to 1', async (t) => {
  await sameAsCpu(t, 'no rows', () => {
    const x = tf.zeros([0, 3]);
    const truth = tf.zeros([0, 3], 'bool');
    return [tf.sum(x, 0), tf.sum(x, 1), tf.prod(x, 0), tf.max(x, 1), tf.any(truth, 0)];
  });
  t.deepEqual(Array.from(tf.all(tf.zeros([0, 3], 'bool'), 0).dataSync()), [1, 1, 1]);
  t.deepEqual(Array.from(tf.mean(tf.zeros([0, 2]), 0).dataSync()), [Number.NaN, Number.NaN]);
});

torchTest('whole numbers wrap around at 32 bits and truth values are counted', async (t) => {
  await sameAsCpu(t, 'int32 and bool', () => {
    const whole = tf.tensor1d([2 ** 30, 2 ** 30, 2 ** 30, -7], 'int32');
    const truth = tf.tensor1d([true, false, true], 'bool');
    return [
      tf.sum(whole),
      tf.max(whole),
      tf.min(whole),
      tf.mean(tf.tensor1d([1, 2, 4], 'int32')),
      tf.prod(tf.tensor1d([3, -5, 7], 'int32')),
      tf.sum(truth),
      tf.prod(truth),
      tf.mean(tf.cast(truth, 'int32')),
    ];
  });
});

torchTest('what is not a number spreads through extremes but has no index', async (t) => {
  await sameAsCpu(t, 'NaN', () => {
    const x = tf.tensor2d([
      [1, Number.NaN, 3, 3],
      [-1, 0, Number.NaN, -1],
    ]);
    return [tf.max(x, 1), tf.min(x, 1), tf.argMax(x, 1), tf.argMin(x, 1)];
  });
  t.is(tf.argMax(tf.tensor1d([Number.NaN, -2, -1])).arraySync(), 2);
});

torchTest('the first of equal extremes has the index', async (t) => {
  await sameAsCpu(t, 'ties', () => {
    const x = tf.tensor2d([
      [2, 5, 5, 2],
      [1, 1, 1, 1],
    ]);
    const inputs = [x, tf.cast(x, 'int32'), tf.greater(x, 1), tf.transpose(x)];
    return inputs.flatMap((input) => [tf.argMax(input, -1), tf.argMin(input, -1)]);
  });
});

torchTest('numbers stored as bf16 are added up in float32', async (t) => {
  await sameAsCpu(
    t,
    'bf16',
    () => {
      // A running sum in bf16, of 8 bits, would stay at 256.
      const ones = inBf16(tf.ones([4, 1000]));
      const x = inBf16(tf.round(tf.mul(random([30, 40]), 100)));
      return [tf.sum(ones, 1), tf.mean(ones), tf.sum(x), tf.mean(x, 0), tf.max(x, 1), tf.argMin(x, 1)];
    },
    1e-6,
  );
});
