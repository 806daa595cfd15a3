import { batchNormTraining, channelMoments, layerNorm } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, strided, withGradients } from '../testing/against-cpu.js';
import { operatorsCalled } from '../testing/operators.js';
import { bf16Test, torchTest } from '../testing/torch-test.js';

const vectors = (D: number): tf.Tensor[] => [random([D], 2), random([D], 3)];

const vector = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;

const normalise =
  (epsilon?: number) =>
  (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
    layerNorm(x, vector(gamma), vector(beta), epsilon);

torchTest('layer norm and its gradients equal the composition', async (t) => {
  for (const shape of [[6], [4, 6], [2, 3, 6], [2, 1, 3, 6], [3, 192]]) {
    const D = shape[shape.length - 1] as number;
    await sameAsCpu(t, `x [${shape}]`, () => withGradients(normalise(), [random(shape), ...vectors(D)]));
  }
  await sameAsCpu(t, 'strided', () => withGradients(normalise(), [strided([3, 4, 6]), ...vectors(6)]));
  await sameAsCpu(t, 'epsilon', () => withGradients(normalise(0.1), [random([4, 6]), ...vectors(6)]));
});

/** Value, gradients and both statistics. */
const batchNorm = (x: tf.Tensor, epsilon?: number): tf.Tensor[] => {
  const C = x.shape[x.rank - 1] as number;
  const { mean, variance } = batchNormTraining(x, vector(random([C], 2)), vector(random([C], 3)), epsilon);
  const op = (a: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
    batchNormTraining(a, vector(gamma), vector(beta), epsilon).y;
  return [mean, variance, ...withGradients(op, [x, ...vectors(C)])];
};

torchTest('batch norm, its statistics and its gradients equal the composition', async (t) => {
  for (const shape of [
    [2, 4, 5, 3],
    [7, 3],
    [2, 6, 3],
    [4, 1, 1, 16],
  ]) {
    await sameAsCpu(t, `x [${shape}]`, () => batchNorm(random(shape)));
  }
  await sameAsCpu(t, 'strided', () => batchNorm(strided([2, 4, 5, 3])));
  await sameAsCpu(t, 'epsilon', () => batchNorm(random([2, 4, 5, 3]), 0.1));
});

torchTest('the statistics of a single pixel are its value and 0', async (t) => {
  for (const shape of [
    [1, 1, 1, 3],
    [1, 3],
  ]) {
    await sameAsCpu(t, `x [${shape}]`, () => batchNorm(random(shape)), 1e-4);
  }
});

torchTest('a mean far from 0 costs the variance no digits', async (t) => {
  const far = (shape: number[]): tf.Tensor => tf.add(random(shape), 100);
  await sameAsCpu(t, 'batch norm', () => batchNorm(far([4, 8, 8, 3])), 1e-4);
  await sameAsCpu(t, 'layer norm', () => withGradients(normalise(), [far([4, 64]), ...vectors(64)]), 1e-4);
});

/** Both moments, and the gradient of a loss that reads both, the mean alone, and the variance alone. */
const moments = (x: tf.Tensor): tf.Tensor[] => {
  const { mean, variance } = channelMoments(x);
  return [
    mean,
    variance,
    ...withGradients((a) => tf.add(channelMoments(a).mean, channelMoments(a).variance), [x]),
    ...withGradients((a) => tf.concat(Object.values(channelMoments(a))), [x]),
    ...withGradients((a) => channelMoments(a).mean, [x]),
    ...withGradients((a) => channelMoments(a).variance, [x]),
  ];
};

torchTest('moments of channels and their gradients equal the composition', async (t) => {
  for (const shape of [
    [2, 4, 5, 3],
    [7, 3],
    [2, 6, 3],
    [4, 1, 1, 16],
    [1, 3],
  ]) {
    await sameAsCpu(t, `x [${shape}]`, () => moments(random(shape)));
  }
  await sameAsCpu(t, 'strided', () => moments(strided([2, 4, 5, 3])));
  await sameAsCpu(t, 'a mean far from 0', () => moments(tf.add(random([4, 8, 8, 3]), 100)), 1e-4);
  const called = operatorsCalled(() => tf.tidy(() => moments(random([2, 4, 5, 3]))));
  t.true(called.has('batch_norm_update_stats') && called.has('addcmul'));
});

bf16Test('moments of what is stored as bf16 are those of its values in float32', async (t) => {
  // A sum of 4,096 values near 1 in bf16 would stop at 256.
  const image = () => inBf16(tf.cast(tf.cast(tf.add(random([4, 32, 32, 3]), 3), 'int32'), 'float32'));
  await sameAsCpu(t, 'bf16', () => moments(image()));
});
