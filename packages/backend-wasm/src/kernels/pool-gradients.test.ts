import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { random, sameAsCpu } from '../testing/against-cpu.js';

const CASES: ReadonlyArray<{
  readonly x: number[];
  readonly window: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
}> = [
  { x: [2, 8, 8, 5], window: 2, strides: 2, pad: 'same' },
  { x: [2, 7, 9, 3], window: 3, strides: 2, pad: 'same' },
  { x: [1, 7, 9, 8], window: 3, strides: 1, pad: 'valid' },
  { x: [1, 6, 6, 2], window: [2, 3], strides: [1, 2], pad: 'valid' },
  { x: [2, 6, 6, 4], window: 3, strides: 2, pad: 1 },
];

for (const { x, window, strides, pad } of CASES) {
  test(`gradients of pooling: [${x}] window ${window} strides ${strides} pad ${pad}`, async (t) => {
    await sameAsCpu(t, 'pool', () =>
      [tf.maxPool, tf.avgPool].map((pool) =>
        tf.grad((image: tf.Tensor) => tf.square(pool(image as tf.Tensor4D, window, strides, pad)))(random(x)),
      ),
    );
  });
}
