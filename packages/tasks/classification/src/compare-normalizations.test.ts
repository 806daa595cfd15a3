import { type Model, type ModelOutput, type Split } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { compareNormalizations } from './compare-normalizations.js';

await tf.setBackend('cpu');

/** Images of one pixel; a class is a tenth of [0, 1]. */
const split = (length: number, onRead?: (index: number) => void): Split => ({
  length,
  labels: Array.from({ length }, (_, index) => index % 10),
  read(index, out) {
    onRead?.(index);
    out[0] = (index % 10) / 10;
  },
});

/** Knows a class by the pixel, if it is normalised with mean 0.5 and std 0.5. */
const reader = (mean: number, std: number): Model =>
  ({
    spec: { name: 'reader', classes: 10, heads: ['class'], mean: [mean], std: [std], inputSize: [1, 1, 1] },
    forward: (images: tf.Tensor4D): ModelOutput => {
      const pixels = tf.add(tf.mul(tf.reshape(images, [-1, 1]), 0.5), 0.5);
      const classes = tf.reshape(tf.div(tf.range(0, 10), 10), [1, 10]);
      const logits = tf.mul(tf.square(tf.sub(pixels, classes)), -100) as tf.Tensor2D;
      return { logits, heads: { class: logits }, taps: {} };
    },
  }) as unknown as Model;

const known = [
  { name: 'half', mean: [0.5], std: [0.5] },
  { name: 'none', mean: [0], std: [1] },
];
const compare = (model: Model, images = 200, onRead?: (index: number) => void) =>
  compareNormalizations(model, split(400, onRead), {
    imageSize: [1, 1, 1],
    images,
    batch: 32,
    candidates: known,
  });

test('a model under the wrong normalisation does better under its own', async (t) => {
  const { scores, others } = await compare(reader(0, 1));
  t.true(scores.top1 < 50);
  const [half] = others;
  t.is(half.score, 100);
  t.true(Math.abs(half.gain - (100 - scores.top1)) < 1e-9);
  // The variance of n differences of which a share p is 1 and the others 0.
  const p = half.gain / 100;
  t.true(Math.abs(half.standardError - 100 * Math.sqrt((p * (1 - p)) / 200)) < 1e-9);
});

test('under its own normalisation nothing gains, and what is far behind is given up', async (t) => {
  const { scores, others } = await compare(reader(0.5, 0.5));
  t.is(scores.top1, 100);
  const [half, none] = others;
  t.deepEqual([half.gain, half.standardError, half.images], [0, 0, 200]);
  t.true(none.gain < 0 && none.images < 200);
});

test('images are ten of each class, in no order of classes, and each is read once', async (t) => {
  const read: number[] = [];
  await compare(reader(0.5, 0.5), 100, (index) => read.push(index));
  t.is(new Set(read).size, 100);
  const perClass = (indices: readonly number[]) =>
    Array.from({ length: 10 }, (_, k) => indices.filter((index) => index % 10 === k).length);
  t.deepEqual(perClass(read), new Array<number>(10).fill(10));
  t.true(
    perClass(read.slice(0, 64)).every((count) => count >= 2),
    'a candidate may be given up on these',
  );
});

test('nothing is left behind', async (t) => {
  const before = tf.memory().numTensors;
  await compare(reader(0.5, 0.5));
  t.is(tf.memory().numTensors, before);
});
