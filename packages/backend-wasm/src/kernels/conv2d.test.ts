import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { random, sameAsCpu } from '../testing/against-cpu.js';

type Pad = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;

interface Case {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly format?: 'NHWC' | 'NCHW';
}

const CASES: readonly Case[] = [
  { x: [2, 7, 9, 3], filter: [3, 3, 3, 5], strides: 1, pad: 'same' },
  { x: [2, 8, 8, 16], filter: [3, 3, 16, 16], strides: 1, pad: 'same' },
  { x: [2, 7, 9, 3], filter: [3, 3, 3, 5], strides: 1, pad: 'valid' },
  { x: [3, 8, 8, 4], filter: [3, 3, 4, 8], strides: 2, pad: 'same' },
  { x: [1, 9, 7, 5], filter: [3, 3, 5, 6], strides: 2, pad: 'same' },
  { x: [1, 9, 8, 5], filter: [3, 3, 5, 6], strides: 2, pad: 'valid' },
  { x: [2, 10, 9, 2], filter: [5, 3, 2, 3], strides: [2, 1], pad: 1 },
  { x: [2, 6, 6, 3], filter: [2, 2, 3, 4], strides: 1, pad: 'same' },
  { x: [2, 6, 5, 3], filter: [2, 4, 3, 1], strides: [1, 3], pad: 'same' },
  { x: [2, 5, 5, 7], filter: [1, 1, 7, 9], strides: 1, pad: 'same' },
  { x: [2, 5, 6, 7], filter: [1, 1, 7, 9], strides: 2, pad: 'valid' },
  { x: [1, 6, 6, 2], filter: [3, 3, 2, 4], strides: 1, pad: 2 },
  { x: [1, 4, 4, 1], filter: [4, 4, 1, 1], strides: 1, pad: 'valid' },
  {
    x: [2, 6, 7, 3],
    filter: [3, 3, 3, 4],
    strides: 1,
    pad: [
      [0, 0],
      [1, 0],
      [2, 1],
      [0, 0],
    ],
  },
  { x: [2, 3, 6, 7], filter: [3, 3, 3, 4], strides: 2, pad: 'same', format: 'NCHW' },
  {
    x: [2, 3, 6, 7],
    filter: [3, 2, 3, 4],
    strides: 1,
    pad: [
      [0, 0],
      [0, 0],
      [1, 0],
      [2, 1],
    ],
    format: 'NCHW',
  },
];

const nameOf = ({ x, filter, strides, pad, format }: Case): string =>
  `[${x}] * [${filter}] strides ${strides} pad ${JSON.stringify(pad)} ${format ?? 'NHWC'}`;

for (const [index, testCase] of CASES.entries()) {
  const { x, filter, strides, pad, format = 'NHWC' } = testCase;
  const convolve = (image: tf.Tensor, weights: tf.Tensor): tf.Tensor =>
    tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, strides, pad, format);

  test(`conv2d and its gradients, ${index}: ${nameOf(testCase)}`, async (t) => {
    await sameAsCpu(t, 'output', () => [convolve(random(x), random(filter, 2))]);
    await sameAsCpu(t, 'gradients', () =>
      // A square makes the gradient arriving at each output different.
      tf.grads((image: tf.Tensor, weights: tf.Tensor) => tf.square(convolve(image, weights)))([
        random(x),
        random(filter, 2),
      ]),
    );
  });
}

test('conv2d with dilation', async (t) => {
  for (const dilations of [2, [1, 3], [3, 2]] as Array<number | [number, number]>) {
    for (const pad of ['same', 'valid'] as const) {
      await sameAsCpu(t, `dilations ${dilations} pad ${pad}`, () => [
        tf.conv2d(
          random<tf.Rank.R4>([2, 11, 12, 3]),
          random<tf.Rank.R4>([3, 3, 3, 5], 2),
          1,
          pad,
          'NHWC',
          dilations,
        ),
      ]);
    }
  }
});

test('a layer whose filter outgrows the cache', async (t) => {
  await sameAsCpu(t, 'wide', () => [
    tf.conv2d(random<tf.Rank.R4>([1, 4, 4, 288]), random<tf.Rank.R4>([3, 3, 288, 320], 2), 1, 'same'),
  ]);
});

test('conv2dTranspose, also of less than the whole output', async (t) => {
  const filter = () => random<tf.Rank.R4>([3, 3, 4, 2], 2);
  await sameAsCpu(t, 'stride 2', () => [
    tf.conv2dTranspose(random<tf.Rank.R4>([2, 4, 5, 2]), filter(), [2, 8, 10, 4], 2, 'same'),
  ]);
  await sameAsCpu(t, 'smaller', () => [
    tf.conv2dTranspose(random<tf.Rank.R4>([1, 6, 6, 2]), filter(), [1, 4, 4, 4], 1, 'same'),
  ]);
});

test('fused conv2d with bias and activation', async (t) => {
  for (const dataFormat of ['NHWC', 'NCHW'] as const) {
    await sameAsCpu(t, dataFormat, () => [
      tf.fused.conv2d({
        x: random<tf.Rank.R4>(dataFormat === 'NHWC' ? [2, 5, 6, 3] : [2, 3, 5, 6]),
        filter: random<tf.Rank.R4>([3, 3, 3, 4], 2),
        strides: 1,
        pad: 'same',
        dataFormat,
        bias: random([4], 3),
        activation: 'prelu',
        preluActivationWeights: random([4], 4),
      }),
    ]);
  }
});
