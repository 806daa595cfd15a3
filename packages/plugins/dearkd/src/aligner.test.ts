import { keyedRng, type Parameter, ParameterStore } from '@kdx/tensor';
import { near } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { aligner, normalizedTarget } from './index.js';

test.before(() => tf.setBackend('cpu'));

const call = (training: boolean) => ({ training, rng: () => keyedRng(0) });

function built(
  tokens: readonly [T: number, D: number],
  grid: readonly [number, number],
  stage: readonly number[],
) {
  const store = new ParameterStore('aligner', (name) => keyedRng(0, name));
  const forward = aligner('student.blocks.3', grid, stage, 25).build(store.scope(), [tokens]);
  return { store, forward: (x: tf.Tensor, training = false) => forward([x], call(training)) };
}

test('G12: shapes and numbers to learn of the default pair', (t) => {
  const ti = built([198, 192], [14, 14], [28, 28, 448]);
  t.is(ti.store.size, 88_960);
  t.deepEqual(ti.forward(tf.zeros([2, 198, 192])).shape, [2, 28, 28, 448]);
  t.deepEqual(
    built([198, 192], [14, 14], [28, 28, 512]).forward(tf.zeros([1, 198, 192])).shape,
    [1, 28, 28, 512],
  );
  t.deepEqual(built([198, 12], [14, 14], [7, 7, 5]).forward(tf.zeros([1, 198, 12])).shape, [1, 7, 7, 5]);
});

test('G12: the class and the distillation token change nothing', (t) => {
  const { forward } = built([18, 6], [4, 4], [8, 8, 5]);
  const x = tf.randomNormal([2, 18, 6], 0, 1, 'float32', 3);
  const changed = tf.concat([tf.fill([2, 2, 6], 9), tf.slice(x, [0, 2, 0], [2, 16, 6])], 1);
  t.deepEqual(forward(changed).dataSync(), forward(x).dataSync());
});

test('G12: token w·r + c lands at row r and column c', (t) => {
  const [h, w, D] = [3, 5, 2];
  const { store, forward } = built([h * w + 2, D], [h, w], [h, w, D]);
  const set = (name: string, values: tf.Tensor) =>
    (store.parameters.get(name) as Parameter).variable.assign(values);
  // Layers that pass on what comes, but for the norms and GELU, which keep order.
  set(
    'depthwise.weight',
    tf.pad(tf.ones([1, 1, D, 1]), [
      [1, 1],
      [1, 1],
      [0, 0],
      [0, 0],
    ]),
  );
  set('pointwise.weight', tf.eye(D).reshape([1, 1, D, D]));
  set('pointwise.bias', tf.zeros([D]));
  // LayerNorm of a pair (a, −a) is (1, −1) for a > 0: one bright token.
  for (const [r, c] of [
    [0, 0],
    [1, 3],
    [2, 4],
  ]) {
    const rows = Array.from({ length: h * w + 2 }, (_, token) =>
      token === 2 + w * r + c ? [5, -5] : [-5, 5],
    );
    const maps = forward(tf.tensor3d([rows]))
      .slice([0, 0, 0, 0], [1, h, w, 1])
      .dataSync();
    t.is(maps.indexOf(Math.max(...maps)), w * r + c);
  }
});

/** What reaches the depthwise convolution, [H, W] of channel 0: it alone stands after LayerNorm, in the kernel's middle. */
function fitted(
  grid: readonly [number, number],
  stage: readonly [number, number],
  bright: readonly number[],
) {
  const { store, forward } = built([grid[0] * grid[1], 2], grid, [...stage, 2]);
  const set = (name: string, values: tf.Tensor) =>
    (store.parameters.get(name) as Parameter).variable.assign(values);
  set(
    'depthwise.weight',
    tf.pad(tf.ones([1, 1, 2, 1]), [
      [1, 1],
      [1, 1],
      [0, 0],
      [0, 0],
    ]),
  );
  // 10 + x lies where GELU is the identity; what batch norm's ε takes of it is less than the tolerance.
  set('bn.bias', tf.fill([2], 10));
  set('pointwise.weight', tf.eye(2).reshape([1, 1, 2, 2]));
  set('pointwise.bias', tf.fill([2], -10));
  const rows = Array.from({ length: grid[0] * grid[1] }, (_, token) =>
    bright.includes(token) ? [5, -5] : [-5, 5],
  );
  return [...tf.unstack(forward(tf.tensor3d([rows])), 3)[0].dataSync()];
}

test('a smaller stage gets the mean of every token in its windows, which overlap where it does not divide', (t) => {
  // 8 → 2: windows of 4×4. One bright token of 16 lifts its window's mean from −1 to −1 + 2/16, wherever it is.
  for (const token of [0, 9, 27]) {
    t.true(near(fitted([8, 8], [2, 2], [token]), [-1 + 2 / 16, -1, -1, -1], 1e-4), `${token}`);
  }
  // 5 → 2 rows: 0…2 and 2…4 share the middle one. 4 → 2 columns: 0…1 and 2…3. Token (2, 1) is one of six in two windows.
  t.true(near(fitted([5, 4], [2, 2], [2 * 4 + 1]), [-1 + 2 / 6, -1, -1 + 2 / 6, -1], 1e-4));
});

test('the last layer is linear, and the batch norm learns from batches', (t) => {
  const { store, forward } = built([6, 4], [2, 2], [4, 4, 3]);
  const x = tf.randomNormal([3, 6, 4], 0, 1, 'float32', 5);
  const mean = () => [...(store.buffers.get('bn.running_mean') as Parameter).variable.dataSync()];
  const before = mean();
  forward(x);
  t.deepEqual(mean(), before);
  forward(x, true);
  t.notDeepEqual(mean(), before);
  t.true(Math.min(...forward(x).dataSync()) < 0);
});

test('a target has each channel at mean 0 and deviation 1; the first ten batches count equally', (t) => {
  const store = new ParameterStore('target', (name) => keyedRng(0, name));
  const forward = normalizedTarget('teacher.layer2').build(store.scope(), [[2, 2, 3]]);
  t.is(store.size, 0);
  // Seeds from 1 on: TensorFlow.js reads 0 as no seed.
  const batches = Array.from({ length: 12 }, (_, i) =>
    tf.add(tf.mul(tf.randomNormal([4, 2, 2, 3], 0, 1, 'float32', i + 1), [1, 5, 0.1]), [0, 10, -3 + i]),
  );
  const first = forward([batches[0]], call(true));
  const { mean, variance } = tf.moments(first, [0, 1, 2]);
  t.true(near([...mean.dataSync()], [0, 0, 0], 1e-4));
  t.true(near([...variance.dataSync()], [1, 1, 1], 2e-3));

  for (const batch of batches.slice(1, 10)) forward([batch], call(true));
  const running = () => [...(store.buffers.get('running_mean') as Parameter).variable.dataSync()];
  const means = batches.map((batch) => [...tf.moments(batch, [0, 1, 2]).mean.dataSync()]);
  const average = [0, 1, 2].map((c) => means.slice(0, 10).reduce((sum, row) => sum + row[c], 0) / 10);
  t.true(near(running(), average, 1e-4));
  forward([batches[10]], call(true));
  t.true(
    near(
      running(),
      average.map((value, c) => 0.9 * value + 0.1 * means[10][c]),
      1e-4,
    ),
  );

  const before = running();
  const resting = forward([batches[11]], call(false));
  t.deepEqual(running(), before);
  t.deepEqual(resting.shape, [4, 2, 2, 3]);
});
