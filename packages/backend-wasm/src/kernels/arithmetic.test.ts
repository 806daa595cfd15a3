import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { onWasm, random, sameAsCpu, values } from '../testing/against-cpu.js';

const SPECIAL = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  1e-30,
  -1e-6,
  88,
  -88,
  100,
];

test('exp, erf and tanh over their whole range, at every length of the remainder', async (t) => {
  for (const size of [1, 2, 3, 4, 5, 7, 8, 1001]) {
    await sameAsCpu(t, `size ${size}`, () => {
      const x = tf.mul(tf.tensor1d(values(size)), 6);
      return [tf.exp(x), tf.erf(x), tf.tanh(x)];
    });
  }
  await sameAsCpu(t, 'special', () => {
    const x = tf.tensor1d(SPECIAL);
    return [
      tf.tanh(x),
      tf.erf(tf.tensor1d(SPECIAL.filter((value) => !Number.isNaN(value)))),
      tf.clipByValue(x, -1, 2),
    ];
  });
});

test('relu6, maximum and minimum keep NaN, whichever argument has it', async (t) => {
  await sameAsCpu(t, 'NaN', () => {
    const [column, row] = [tf.tensor2d([Number.NaN, 1, -2, 7], [4, 1]), tf.tensor1d([3, Number.NaN, -5])];
    return [
      tf.relu6(column),
      tf.maximum(column, row),
      tf.minimum(column, row),
      tf.maximum(0, column),
      tf.minimum(0, column),
      tf.maximum(row, Number.NaN),
    ];
  });
});

test('relu6, maximum and minimum of numbers are the stock ones, bit for bit', async (t) => {
  const zeros = [-0, 0, -0, 0];
  const [low, high] = await onWasm(() =>
    tf.tidy(() => [tf.maximum(zeros, zeros.toReversed()).dataSync(), tf.relu6(zeros).dataSync()]),
  );
  t.deepEqual([...low], [-0, 0, -0, 0], 'the first of two that are equal');
  t.true(high.every((value) => value === 0));
});

test('sum and mean of nothing are 0, whatever was in that memory', async (t) => {
  await sameAsCpu(t, 'empty', () => {
    for (let i = 0; i < 64; i++) {
      const used = tf.fill([3], 7);
      used.dataSync();
      used.dispose();
    }
    return [
      tf.sum(tf.zeros([0])),
      tf.sum(tf.zeros([3, 0]), 1),
      tf.sum(tf.zeros([0, 3]), 0, true),
      tf.sum(tf.zeros([3, 0], 'int32'), 1),
      tf.sum(tf.zeros([3, 0], 'bool'), 1),
      tf.mean(tf.zeros([3, 0]), 1),
      tf.sum(tf.zeros([0, 2]), 1),
    ];
  });
});

test('exp keeps its relative precision from underflow to overflow', async (t) => {
  const inputs = [...Array.from({ length: 1741 }, (_, i) => i / 10 - 86), ...SPECIAL];
  const actual = await onWasm(() => tf.tidy(() => tf.exp(tf.tensor1d(inputs)).dataSync()));
  inputs.forEach((x, i) => {
    const expected = Math.fround(Math.exp(Math.fround(x)));
    const close =
      Object.is(actual[i], expected) || Math.abs(actual[i] - expected) <= 5e-7 * Math.abs(expected);
    t.true(close, `exp(${x}) = ${actual[i]}, not ${expected}`);
  });
});

test('erf and tanh keep their relative precision near zero', async (t) => {
  const [tanh, erf] = await onWasm(() =>
    tf.tidy(() => {
      const x = tf.tensor1d([1e-6, -3e-4, 0.01]);
      return [tf.tanh(x).dataSync(), tf.erf(x).dataSync()];
    }),
  );
  [1e-6, -3e-4, 0.01].forEach((x, i) => {
    t.true(Math.abs(tanh[i] / (x - x ** 3 / 3) - 1) < 1e-6, `tanh(${x}) = ${tanh[i]}`);
    const series = (2 / Math.sqrt(Math.PI)) * (x - x ** 3 / 3);
    t.true(Math.abs(erf[i] / series - 1) < 1e-6, `erf(${x}) = ${erf[i]}`);
  });
});

test('sum and mean over all combinations of axes', async (t) => {
  const axes = [[0], [1], [2], [3], [0, 1], [1, 2], [0, 1, 2], [0, 2], [1, 2, 3], [0, 1, 2, 3], [-2], [2, 1]];
  for (const shape of [
    [3, 5, 7, 6],
    [2, 300, 1, 4],
  ]) {
    for (const axis of axes) {
      for (const keepDims of [false, true]) {
        await sameAsCpu(t, `[${shape}] over ${axis}`, () => {
          const x = random(shape);
          return [
            tf.sum(x, axis, keepDims),
            tf.mean(x, axis, keepDims),
            tf.sum(tf.greater(x, 0), axis, keepDims),
          ];
        });
      }
    }
  }
});

test('batch statistics and their gradient', async (t) => {
  await sameAsCpu(t, 'moments', () => {
    const { mean, variance } = tf.moments(random([4, 5, 6, 7]), [0, 1, 2]);
    return [mean, variance];
  });
  await sameAsCpu(t, 'gradient', () => [
    tf.grad((x: tf.Tensor) => tf.mul(tf.moments(x, [0, 1, 2]).variance, 3))(random([4, 5, 6, 7])),
  ]);
});

test('einsum contracts, sums, transposes and batches', async (t) => {
  await sameAsCpu(t, 'einsum', () => {
    const [a, b, c] = [random([3, 4, 5]), random([3, 5, 6], 2), random([6], 3)];
    return [
      tf.einsum('bij,bjk->bik', a, b),
      tf.einsum('bij,bjk->ikb', a, b),
      tf.einsum('bij,bjk->k', a, b),
      tf.einsum('bij->jb', a),
      tf.einsum('i,j->ji', c, c),
      tf.einsum('i,i->', c, c),
      tf.einsum('bjk,k->bj', b, c),
    ];
  });
});

test('prelu with one slope per channel, per row and for all', async (t) => {
  for (const shape of [[5], [4, 1], [3, 1, 1], [1]]) {
    await sameAsCpu(t, `alpha [${shape}]`, () => [tf.prelu(random([3, 4, 5]), random(shape, 2))]);
  }
});

test('pooling of single pixels copies', async (t) => {
  await sameAsCpu(t, 'pool', () => [
    tf.pool(random<tf.Rank.R4>([1, 2, 2, 3]), 1, 'max', 1, undefined, 2),
    tf.pool(random<tf.Rank.R4>([1, 2, 2, 3]), 1, 'avg', 1, undefined, 2),
  ]);
});

test('pooling with a window that is not square and one number as padding', async (t) => {
  await sameAsCpu(t, 'pool', () => [
    tf.maxPool(random<tf.Rank.R4>([1, 9, 7, 6]), [5, 3], 2, 1),
    tf.avgPool(random<tf.Rank.R4>([1, 9, 7, 6]), [5, 3], 2, 1),
  ]);
});

test('bincount counts over all ranks', async (t) => {
  await sameAsCpu(t, 'bincount', () => [
    tf.bincount(tf.tensor1d([1, 1, 3, 0], 'int32'), tf.tensor1d([]), 5),
    tf.bincount(tf.tensor1d([1, 1, 3], 'int32'), tf.tensor1d([0.5, 1, 2]), 4),
  ]);
});

test('arithmetic with one value per channel, on either side', async (t) => {
  const cases = [
    [[3, 4, 5, 16], [16]],
    [
      [3, 4, 5, 11],
      [1, 1, 1, 11],
    ],
    [
      [6, 9],
      [1, 9],
    ],
    [
      [5, 3, 8],
      [3, 8],
    ],
    [
      [5, 3, 8],
      [3, 1],
    ],
    [
      [4, 8],
      [4, 1],
    ],
    [
      [2, 1, 8],
      [5, 8],
    ],
    [[8], [1, 1, 8]],
    [[0, 8], [8]],
  ];
  for (const [full, row] of cases) {
    await sameAsCpu(t, `[${full}] with [${row}]`, () => {
      const [a, b] = [random(full), tf.add(random(row, 2), 3)];
      return [tf.add, tf.sub, tf.mul, tf.div].flatMap((operation) => [
        operation(a, b),
        operation(b, tf.add(a, 2)),
      ]);
    });
  }
});
