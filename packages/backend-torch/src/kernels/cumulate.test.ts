import * as tf from '@tensorflow/tfjs';
import { inBf16, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('running totals run both ways, with and without their own element', async (t) => {
  for (const axis of [0, 1, 2]) {
    for (const exclusive of [false, true]) {
      for (const reverse of [false, true]) {
        await sameAsCpu(t, `axis ${axis}, exclusive ${exclusive}, reverse ${reverse}`, () => {
          const x = strided([3, 4, 5]);
          return [tf.cumsum(x, axis, exclusive, reverse), tf.cumprod(x, axis, exclusive, reverse)];
        });
      }
    }
  }
});

torchTest('running totals of whole numbers and truth values are whole', async (t) => {
  await sameAsCpu(t, 'int32 and bool', () => {
    const whole = tf.tensor1d([2 ** 30, 2 ** 30, 3], 'int32');
    const truth = tf.tensor1d([true, false, true], 'bool');
    return [
      tf.cumsum(whole),
      tf.cumprod(tf.tensor1d([2, -3, 4], 'int32')),
      tf.cumsum(truth),
      tf.cumsum(truth, 0, true),
    ];
  });
});

torchTest('running totals of nothing are nothing', async (t) => {
  await sameAsCpu(t, 'empty', () => [tf.cumsum(tf.zeros([2, 0]), 1), tf.cumprod(tf.zeros([0, 2]), 1)]);
});

torchTest('running totals of bf16 are float32', async (t) => {
  await sameAsCpu(t, 'bf16', () => [tf.cumsum(inBf16(tf.ones([600])))], 1e-6);
});
