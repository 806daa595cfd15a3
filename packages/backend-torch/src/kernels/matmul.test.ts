import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('products of strided, transposed and broadcast matrices', async (t) => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      await sameAsCpu(t, `transposed: ${transposeA}, ${transposeB}`, () => {
        const a = (batch: number[], seed = 1) => strided([...batch, ...(transposeA ? [5, 4] : [4, 5])], seed);
        const b = (batch: number[], seed = 2) => strided([...batch, ...(transposeB ? [3, 5] : [5, 3])], seed);
        const pairs: [tf.Tensor, tf.Tensor][] = [
          [a([]), b([])],
          [a([6]), b([])],
          [a([]), b([6])],
          [a([6]), b([1])],
          [a([2, 3]), b([2, 3])],
          [a([0]), b([0])],
        ];
        return pairs.map(([left, right]) => tf.matMul(left, right, transposeA, transposeB));
      });
    }
  }
});

torchTest('a product of whole numbers is exact', async (t) => {
  await sameAsCpu(t, 'int32', () => {
    const a = tf.tensor2d([16777217, 3, -5, 7], [2, 2], 'int32');
    return [tf.matMul(a, tf.eye(2, 2, undefined, 'int32')), tf.einsum('ij,jk->ki', a, tf.onesLike(a))];
  });
});

torchTest('a sum over nothing is 0', async (t) => {
  await sameAsCpu(t, 'empty', () => [tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3]))]);
});

torchTest('fused products add the bias and apply every activation', async (t) => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;
  await sameAsCpu(t, 'fused', () =>
    activations.flatMap((activation) =>
      [
        [4, 5],
        [2, 4, 5],
      ].map((shape) =>
        tf.fused.matMul({
          a: tf.mul(8, random(shape)),
          b: random(shape.length === 2 ? [5, 3] : [2, 5, 3], 2),
          bias: random([3], 3),
          activation,
          preluActivationWeights: activation === 'prelu' ? random([3], 4) : undefined,
          leakyreluAlpha: 0.3,
        }),
      ),
    ),
  );
});

torchTest('einsum contracts, transposes and sums', async (t) => {
  await sameAsCpu(t, 'einsum', () => [
    tf.einsum('bhqd,bhkd->bhqk', random([2, 3, 4, 5]), random([2, 3, 6, 5], 2)),
    tf.einsum('ijk->ki', strided([2, 3, 4])),
    tf.einsum('i,j->ij', random([3]), random([4], 2)),
  ]);
});

torchTest('sizes that do not fit are refused', (t) => {
  t.throws(() => tf.matMul(random([2, 3]), random([4, 2])));
  t.throws(() => tf.einsum('ij,jk->ik', random([2, 3]), random([4, 2])), { message: /4/ });
});
