import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { random, sameAsCpu } from '../testing/against-cpu.js';

const CASES: ReadonlyArray<{
  readonly x: number[];
  readonly filter: number[];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
}> = [
  { x: [2, 7, 9, 8], filter: [3, 3, 8, 1], strides: 1, pad: 'same' },
  { x: [2, 7, 8, 5], filter: [3, 3, 5, 1], strides: 1, pad: 'valid' },
  { x: [2, 8, 8, 6], filter: [3, 3, 6, 1], strides: 2, pad: 'same' },
  { x: [1, 9, 7, 6], filter: [5, 3, 6, 1], strides: 2, pad: 1 },
  { x: [2, 6, 6, 3], filter: [3, 3, 3, 2], strides: 1, pad: 'same' },
  { x: [1, 7, 6, 1], filter: [2, 2, 1, 3], strides: 2, pad: 'valid' },
];

for (const { x, filter, strides, pad } of CASES) {
  test(`depthwiseConv2d and its gradients: [${x}] * [${filter}] strides ${strides} pad ${pad}`, async (t) => {
    await sameAsCpu(t, 'gradients', () =>
      tf.grads((image: tf.Tensor, weights: tf.Tensor) =>
        tf.square(tf.depthwiseConv2d(image as tf.Tensor4D, weights as tf.Tensor4D, strides, pad)),
      )([random(x), random(filter, 2)]),
    );
  });
}

test('fused depthwiseConv2d with bias and activation', async (t) => {
  await sameAsCpu(t, 'relu6', () => [
    tf.fused.depthwiseConv2d({
      x: random<tf.Rank.R4>([2, 5, 6, 4]),
      filter: random<tf.Rank.R4>([3, 3, 4, 1], 2),
      strides: 1,
      pad: 'same',
      bias: random([4], 3),
      activation: 'relu6',
    }),
  ]);
});
