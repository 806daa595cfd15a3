import {
  batchNormInference,
  batchNormTraining,
  crossEntropy,
  gelu,
  klDivergence,
  layerNorm,
  linear,
  logSoftmax,
  softmax,
} from '@kdx/nn';
import { runKernel } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { onWasm, random, sameAsCpu } from '../testing/against-cpu.js';
import { valueAndGradients } from '../testing/gradients.js';

const m = (x: tf.Tensor) => x as tf.Tensor2D;
const v = (x: tf.Tensor) => x as tf.Tensor1D;

test('linear with and without a bias, in one and in many rows', async (t) => {
  const sizes = [
    [[1], 3, 2],
    [[5], 1, 1],
    [[2, 17], 33, 7],
    [[4, 65], 64, 256],
    [[300], 10, 130],
  ] as const;
  for (const [batch, fanIn, fanOut] of sizes) {
    const inputs = () => [random([...batch, fanIn]), random([fanIn, fanOut], 2), random([fanOut], 3)];
    await sameAsCpu(t, `[${batch}, ${fanIn}] to ${fanOut}`, () => [
      ...valueAndGradients((x, w, b) => linear(x, m(w), v(b)), inputs()),
      ...valueAndGradients((x, w) => linear(x, m(w)), inputs().slice(0, 2)),
    ]);
  }
});

test('layer norm of every width around a multiple of four, far from zero as well', async (t) => {
  for (const width of [1, 2, 3, 4, 5, 63, 64, 66, 192]) {
    const op = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => layerNorm(x, v(g), v(b), 1e-5);
    await sameAsCpu(t, `width ${width}`, () =>
      valueAndGradients(op, [random([3, 17, width]), random([width], 2), random([width], 3)]),
    );
    const far = tf.tidy(() => tf.add(random([5, width]), 10).dataSync());
    await sameAsCpu(
      t,
      `width ${width}, mean 10`,
      () => [layerNorm(tf.tensor(far, [5, width]), v(tf.ones([width])), v(tf.zeros([width])))],
      1e-4,
    );
  }
});

test('gelu and its gradient over the whole range, within 1e-6 of the exact function', async (t) => {
  for (const size of [1, 2, 3, 5, 1001]) {
    await sameAsCpu(t, `size ${size}`, () => valueAndGradients(gelu, [tf.mul(random([size]), 8)]), 1e-6 / 4);
  }
  const inputs = [0, -0, 1e-6, 100, -100, 1e30, -1e30, Number.POSITIVE_INFINITY];
  const found = await onWasm(() => tf.tidy(() => gelu(tf.tensor1d([...inputs, Number.NaN])).dataSync()));
  const expected = [0, -0, 5e-7, 100, 0, 1e30, 0, Number.POSITIVE_INFINITY];
  expected.forEach((y, i) => {
    t.true(Math.abs(found[i] - y) <= 1e-6 * Math.abs(y) || found[i] === y, `gelu(${inputs[i]})`);
  });
  t.true(Number.isNaN(found[inputs.length]));
});

test('batch norm of maps and of vectors, with few and many channels', async (t) => {
  const op = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => batchNormTraining(x, v(g), v(b)).y;
  const shapes = [
    [7, 1],
    [9, 3],
    [5, 3, 3, 6],
    [2, 5, 7, 16],
    [3, 13, 9, 37],
    [1, 40, 40, 20],
  ];
  for (const shape of shapes) {
    const C = shape.at(-1)!;
    const vectors = () => [tf.add(random([C], 2), 1.5), random([C], 3)] as const;
    await sameAsCpu(t, `[${shape}]`, () => {
      const x = tf.add(tf.mul(random(shape), 2), 1);
      const { mean, variance } = batchNormTraining(x, v(vectors()[0]), v(vectors()[1]));
      return [mean, variance, ...valueAndGradients(op, [x, ...vectors()])];
    });
    await sameAsCpu(t, `[${shape}], given statistics`, () => {
      const [gamma, beta] = vectors();
      const [mean, variance] = [random([C], 4), tf.add(tf.square(random([C], 5)), 0.1)];
      return [batchNormInference(random(shape), v(gamma), v(beta), v(mean), v(variance))];
    });
  }
});

test('batch norm without gamma and beta, and with statistics of the rank of the images', async (t) => {
  await sameAsCpu(t, 'optional', () => {
    const [x, mean, variance] = [random([2, 3, 4, 5]), random([5], 2), tf.square(random([5], 3))];
    const whole = random([2, 3, 4, 5], 4);
    return [
      tf.batchNorm(x, v(mean), v(variance)),
      tf.batchNorm(x, v(mean), v(variance), v(random([5], 4))),
      tf.batchNorm(x, v(mean), v(variance), undefined, v(random([5], 5))),
      tf.batchNorm(x, whole, tf.square(whole)),
    ];
  });
});

const CLASSES = [2, 10, 37, 1000];

test('softmax, log-softmax and their gradients, of large logits too', async (t) => {
  for (const K of CLASSES) {
    for (const scale of [1, 50]) {
      await sameAsCpu(t, `${K} classes`, () => {
        const x = tf.mul(random([3, 5, K]), scale);
        return [...valueAndGradients(softmax, [x]), ...valueAndGradients(logSoftmax, [x])];
      });
    }
  }
});

test('cross-entropy and KL divergence with every number of classes', async (t) => {
  for (const K of CLASSES) {
    await sameAsCpu(t, `${K} classes`, () => {
      const [a, b] = [tf.mul(random([7, K]), 5), tf.mul(random([7, K], 2), 5)];
      const targets = tf.softmax(random([7, K], 3));
      const kl = (temperature: number, reduction: 'batchmean' | 'numel') => (s: tf.Tensor) =>
        klDivergence(m(s), m(b), { temperature, reduction });
      return [
        ...valueAndGradients((x) => crossEntropy(m(x), m(targets)), [a]),
        ...valueAndGradients((x) => crossEntropy(m(x), m(tf.mul(targets, 0.5))), [a]),
        ...valueAndGradients(kl(1, 'batchmean'), [a]),
        ...valueAndGradients(kl(4, 'batchmean'), [a]),
        ...valueAndGradients(kl(3, 'numel'), [a]),
      ];
    });
  }
});

/** The generator of the kernel's documentation, element by element in plain numbers. */
function expectedMask(size: number, rate: number, seed: number): number[] {
  const mix = (h: number): number => {
    const a = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    return b ^ (b >>> 16);
  };
  const second = Math.imul(seed, 0x9e3779b9);
  return Array.from({ length: size }, (_, i) =>
    mix(mix((i + seed) | 0) ^ second) >>> 0 < Math.floor(rate * 2 ** 32) ? 0 : Math.fround(1 / (1 - rate)),
  );
}

const mask = (shape: number[], rate: number, seed: number): Promise<number[]> =>
  onWasm(() =>
    tf.tidy(() => [
      ...(runKernel('KdxDropoutMask', {}, { shape, rate, seed })[0].dataSync() as Float32Array),
    ]),
  );

test('a dropout mask follows from its seed alone', async (t) => {
  for (const [size, rate, seed] of [
    [1, 0.5, 7],
    [5, 0.1, 2 ** 31 - 1],
    [1003, 0.3, 12345],
    [64, 0, 3],
  ]) {
    t.deepEqual(await mask([size], rate, seed), expectedMask(size, rate, seed));
  }
  t.deepEqual(await mask([3, 5, 7], 0.5, 9), await mask([105], 0.5, 9));
});

test('a dropout mask drops the share asked for, and other elements for another seed', async (t) => {
  const size = 100_000;
  for (const rate of [0.01, 0.1, 0.5, 0.9]) {
    const [first, second] = [await mask([size], rate, 1), await mask([size], rate, 2)];
    const deviation = Math.sqrt(rate * (1 - rate) * size);
    const dropped = first.filter((value) => value === 0).length;
    t.true(Math.abs(dropped - rate * size) < 5 * deviation, `${dropped} of ${size} dropped at ${rate}`);
    const both = first.filter((value, i) => value === 0 && second[i] === 0).length;
    const spread = Math.sqrt(rate * rate * (1 - rate * rate) * size);
    t.true(Math.abs(both - rate * rate * size) < 5 * spread, `${both} dropped in both at ${rate}`);
  }
});
