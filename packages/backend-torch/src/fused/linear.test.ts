import { linear } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided, withGradients } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

const affine = (x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor =>
  linear(x, weight as tf.Tensor2D, bias as tf.Tensor1D | undefined);

torchTest('a linear layer and its gradients equal the composition, for inputs of any rank', async (t) => {
  for (const shape of [[3], [5, 3], [2, 7, 3], [2, 1, 4, 3], [1, 3], [0, 3]]) {
    await sameAsCpu(t, `x [${shape}]`, () => [
      ...withGradients(affine, [random(shape), random([3, 4], 2), random([4], 3)]),
      ...withGradients(affine, [random(shape), random([3, 4], 2)]),
    ]);
  }
});

torchTest('inputs and weights of any strides are read aright', async (t) => {
  await sameAsCpu(t, 'strided', () =>
    withGradients(affine, [strided([6, 5, 3]), strided([3, 4], 2), random([4], 3)]),
  );
  await sameAsCpu(t, 'slices', () => {
    const tokens = tf.slice(random([2, 5, 6]), [0, 1, 2], [2, 3, 3]);
    return withGradients(affine, [tokens, tf.slice(random([6, 8], 2), [3, 2], [3, 4])]);
  });
});

torchTest('a weight that several layers share gets the sum of its gradients', async (t) => {
  await sameAsCpu(t, 'tied', () =>
    withGradients(
      (x, weight) => affine(tf.tanh(affine(x, weight)), weight),
      [random([5, 4]), random([4, 4], 2)],
    ),
  );
});
