import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { close } from '../testing/gradients.js';
import { dropout, dropPath } from './dropout.js';

test.before(() => tf.setBackend('cpu'));

test('dropout zeroes about the rate and scales the rest, the same for the same key', (t) => {
  const run = (seed: number) => dropout(tf.ones([10_000]), 0.3, keyedRng(seed, 'mask')).dataSync();
  const y = run(1);
  const kept = y.filter((value) => value !== 0);
  t.true(kept.every((value) => Math.abs(value - 1 / 0.7) < 1e-6));
  // Standard deviation of the share is 0.0046.
  t.true(Math.abs(kept.length / y.length - 0.7) < 0.02);
  t.deepEqual(run(1), y);
  t.notDeepEqual(run(2), y);
});

test('dropout passes gradients through what it kept', (t) => {
  const run = (x: tf.Tensor) => dropout(x, 0.5, keyedRng(1, 'mask'));
  const x = tf.ones([50]);
  close(t, tf.grad((v) => run(v).sum())(x), run(x));
});

test('drop path drops whole samples by the host generator and scales the others', (t) => {
  const rate = 0.4;
  const y = dropPath(tf.ones([200, 2, 3]), rate, keyedRng(5, 'path')).arraySync() as number[][][];
  const draws = keyedRng(5, 'path');
  let dropped = 0;
  for (const sample of y) {
    const expected = draws.uniform() < rate ? 0 : 1 / (1 - rate);
    dropped += expected === 0 ? 1 : 0;
    close(t, sample.flat(), new Float32Array(6).fill(expected));
  }
  t.true(dropped > 50 && dropped < 110);
});

test('drop path passes gradients to the kept samples only', (t) => {
  const run = (x: tf.Tensor) => dropPath(x, 0.5, keyedRng(5, 'path'));
  const x = tf.ones([20, 3]);
  close(t, tf.grad((v) => run(v).sum())(x), run(x));
});

test('a rate outside [0, 1) is refused', (t) => {
  for (const rate of [-0.1, 1, Number.NaN]) {
    t.throws(() => dropout(tf.ones([2]), rate, keyedRng(1)), { code: 'KDX_RANGE' });
    t.throws(() => dropPath(tf.ones([2]), rate, keyedRng(1)), { code: 'KDX_RANGE' });
  }
});
