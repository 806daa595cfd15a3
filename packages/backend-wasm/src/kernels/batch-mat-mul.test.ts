import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { onWasm, random, sameAsCpu } from '../testing/against-cpu.js';

const TRANSPOSES = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

const swapped = (shape: number[], swap: boolean): number[] =>
  swap ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;

const CASES: ReadonlyArray<{ readonly a: number[]; readonly b: number[] }> = [
  { a: [1, 1], b: [1, 1] },
  { a: [3, 5], b: [5, 7] },
  { a: [4, 300], b: [300, 9] },
  { a: [65, 64], b: [64, 65] },
  { a: [70, 33], b: [33, 256] },
  { a: [130, 260], b: [260, 256] },
  { a: [6, 7, 9], b: [6, 9, 11] },
  { a: [2, 3, 5, 4], b: [2, 3, 4, 6] },
  { a: [4, 5, 3], b: [1, 3, 8] },
  { a: [1, 5, 3], b: [4, 3, 8] },
  { a: [3, 1, 2], b: [2, 4] },
  { a: [2, 5, 0], b: [2, 0, 3] },
  { a: [0, 4], b: [4, 3] },
];

for (const { a, b } of CASES) {
  test(`matMul [${a}] · [${b}] in all transpositions`, async (t) => {
    for (const [transposeA, transposeB] of TRANSPOSES) {
      await sameAsCpu(t, `transposed ${transposeA}, ${transposeB}`, () => [
        tf.matMul(random(swapped(a, transposeA)), random(swapped(b, transposeB), 2), transposeA, transposeB),
      ]);
    }
  });
}

test('batches of both operands broadcast at once', async (t) => {
  // The CPU back end mistakes one batch for another here, hence its products of explicit copies.
  const product = await onWasm(() =>
    tf.tidy(() => tf.matMul(random([2, 1, 5, 3]), random([1, 3, 3, 6], 2)).dataSync()),
  );
  const copied = await onWasm(() =>
    tf.tidy(() =>
      tf
        .matMul(tf.tile(random([2, 1, 5, 3]), [1, 3, 1, 1]), tf.tile(random([1, 3, 3, 6], 2), [2, 1, 1, 1]))
        .dataSync(),
    ),
  );
  t.deepEqual([...product], [...copied]);
});

test('matMul of int32 stays int32', async (t) => {
  await sameAsCpu(t, 'int32', () => {
    const a = tf.tensor([1, -2, 3, 4, 5, 6], [2, 3], 'int32');
    return [tf.matMul(a, a, false, true), tf.matMul(a, a, true, false)];
  });
});

test('gradients of matMul with broadcast batches', async (t) => {
  await sameAsCpu(t, 'gradients', () =>
    tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.square(tf.matMul(a, b, false, true)))([
      random([3, 5, 4]),
      random([3, 6, 4], 2),
    ]),
  );
});

test('fused matMul with bias and every activation', async (t) => {
  for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const) {
    await sameAsCpu(t, activation, () => [
      tf.fused.matMul({
        a: random<tf.Rank.R2>([5, 6]),
        b: random<tf.Rank.R2>([6, 7], 2),
        bias: random([7], 3),
        activation,
        preluActivationWeights: random([1, 7], 4),
        leakyreluAlpha: 0.3,
      }),
    ]);
  }
});

test('matMul refuses shapes that do not match', async (t) => {
  await onWasm(() => {
    t.throws(() => tf.matMul(random([2, 3]), random([2, 3])), { message: /inner shapes \(3\) and \(2\)/ });
  });
});
