import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('probabilities of strided and empty logits', async (t) => {
  await sameAsCpu(t, 'softmax', () => [
    tf.softmax(strided([4, 7])),
    tf.softmax(tf.mul(random([2, 3]), 1000)),
    tf.softmax(tf.zeros([0, 3])),
  ]);
});

torchTest('probabilities of bf16 logits are float32', async (t) => {
  await sameAsCpu(t, 'bf16', () => [tf.softmax(inBf16(tf.range(0, 64)))], 1e-6);
});

torchTest('a seed draws the same classes as on the CPU back end', async (t) => {
  await sameAsCpu(t, 'multinomial', () => {
    const logits = tf.mul(strided<tf.Rank.R2>([3, 5]), 3) as tf.Tensor2D;
    return [
      tf.multinomial(logits, 50, 7),
      tf.multinomial(tf.softmax(logits), 50, 8, true),
      tf.multinomial(tf.tensor1d([0.2, 0.3]), 20, 9),
    ];
  });
});
