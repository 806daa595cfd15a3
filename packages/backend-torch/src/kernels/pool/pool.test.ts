import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, strided } from '../../testing/against-cpu.js';
import { torchTest } from '../../testing/torch-test.js';

type Padding = Parameters<typeof tf.maxPool>[3];

const cases: [name: string, size: [number, number], window: number, stride: number, padding: Padding][] = [
  ['valid', [7, 6], 2, 2, 'valid'],
  ['same, odd window', [7, 6], 3, 1, 'same'],
  ['same, even window', [7, 6], 2, 1, 'same'],
  ['same, a window that hangs over the end', [8, 6], 3, 2, 'same'],
  ['half a window on both sides', [8, 8], 3, 2, 1],
  [
    'more than half a window',
    [5, 6],
    3,
    2,
    [
      [0, 0],
      [2, 0],
      [1, 2],
      [0, 0],
    ],
  ],
];

for (const [name, size, window, stride, padding] of cases) {
  torchTest(`pools and their gradients equal the CPU back end's: ${name}`, async (t) => {
    for (const pool of [tf.maxPool, tf.avgPool]) {
      await sameAsCpu(t, pool.name, () => {
        const x = strided<tf.Rank.R4>([2, ...size, 3]);
        const y = pool(x, window, stride, padding);
        const dy = random(y.shape, 2);
        return [y, tf.grad((input) => pool(input as tf.Tensor4D, window, stride, padding))(x, dy)];
      });
    }
  });
}

torchTest('pools of volumes and their gradients equal the CPU back end’s', async (t) => {
  for (const pool of [tf.maxPool3d, tf.avgPool3d]) {
    for (const padding of ['same', 'valid'] as const) {
      await sameAsCpu(t, `${pool.name} ${padding}`, () => {
        const x = random<tf.Rank.R5>([2, 4, 6, 5, 3]);
        const y = pool(x, [2, 3, 3], [1, 2, 2], padding);
        const dy = random(y.shape, 2);
        return [y, tf.grad((input) => pool(input as tf.Tensor5D, [2, 3, 3], [1, 2, 2], padding))(x, dy)];
      });
    }
  }
});

torchTest('positions of maxima count without the border', async (t) => {
  for (const includeBatch of [false, true]) {
    await sameAsCpu(t, `batch in the index: ${includeBatch}`, () => {
      const x = random<tf.Rank.R4>([2, 5, 6, 3]);
      return (['valid', 'same'] as const).flatMap((padding) =>
        Object.values(tf.maxPoolWithArgmax(x, 2, 1, padding, includeBatch)),
      );
    });
  }
});

torchTest('the gradient goes to the first of equal maxima', async (t) => {
  await sameAsCpu(t, 'ties', () => [
    tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 3, 1, 'same'))(tf.ones([1, 4, 4, 2]), random([1, 4, 4, 2])),
  ]);
});

torchTest('whole numbers, and numbers stored as bf16', async (t) => {
  await sameAsCpu(t, 'types', () => {
    const whole = tf.cast(tf.mul(100, random([1, 5, 5, 2])), 'int32') as tf.Tensor4D;
    const x = inBf16(tf.cast(whole, 'float32')) as tf.Tensor4D;
    return [tf.maxPool(whole, 2, 1, 'valid'), tf.maxPool(x, 2, 1, 'same'), tf.avgPool(x, [1, 1], 2, 'valid')];
  });
});
