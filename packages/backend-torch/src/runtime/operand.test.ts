import {
  attention,
  batchNormTraining,
  conv2d,
  convBatchNorm,
  crossEntropy,
  gelu,
  klDivergence,
  layerNorm,
  linear,
  logSoftmax,
  softmax,
} from '@kdx/nn';
import { clipByGlobalNorm, Optimizer, type Parameter, sgd, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, withGradients } from '../testing/against-cpu.js';
import { operatorsCalled } from '../testing/operators.js';
import { bf16Test, torchTest } from '../testing/torch-test.js';
import type { TorchKernelBackend } from './torch-kernel-backend.js';

/** bf16 keeps 8 bits: what is rounded twice or thrice on the way differs by so much. */
const ROUNDED = 2e-2;

const r1 = (shape: number[], seed: number) => random<tf.Rank.R1>(shape, seed);
const r2 = (shape: number[], seed = 1) => random<tf.Rank.R2>(shape, seed);
const r4 = (shape: number[], seed = 1) => random<tf.Rank.R4>(shape, seed);

const storedAs = (x: tf.Tensor): string => (tf.backend() as TorchKernelBackend).stored(x.dataId).type;

const vectors = (C: number) => ({ gamma: r1([C], 3), beta: r1([C], 4) });

bf16Test(
  'products and what follows them are stored as bf16, norms’ statistics and losses as float32',
  (t) => {
    tf.tidy(() => {
      const tokens = linear(random([2, 5, 8]), r2([8, 24], 2), r1([24], 3));
      const [q, k, v] = tf.split(tf.reshape(tokens, [2, 1, 5, 24]) as tf.Tensor4D, 3, 3) as tf.Tensor4D[];
      const maps = conv2d(r4([2, 6, 6, 2]), r4([3, 3, 2, 4], 2));
      const { gamma, beta } = vectors(4);
      const normed = batchNormTraining(maps, gamma, beta);
      const logits = linear(random([3, 8]), r2([8, 5], 2)) as tf.Tensor2D;
      const rounded = {
        linear: tokens,
        matMul: tf.matMul(r2([3, 4]), r2([4, 5], 2)),
        conv2d: maps,
        depthwise: conv2d(maps, r4([3, 3, 4, 1], 3), { groups: 4 }),
        attention: attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D),
        gelu: gelu(tokens),
        relu: tf.relu(maps),
        reshape: tf.reshape(tokens, [-1]),
        layerNorm: layerNorm(random([3, 4]), gamma, beta),
        batchNorm: normed.y,
        residual: tf.add(tokens, tokens),
      };
      const exact = {
        mean: normed.mean,
        variance: normed.variance,
        softmax: softmax(logits),
        logSoftmax: logSoftmax(logits),
        crossEntropy: crossEntropy(logits, softmax(logits) as tf.Tensor2D),
        klDivergence: klDivergence(logits, r2([3, 5])),
        sum: tf.sum(tokens),
        average: tf.mean(tokens, 0),
        mixed: tf.add(tokens, r1([24], 5)),
      };
      for (const [name, x] of Object.entries(rounded)) t.is(storedAs(x), 'bf16', name);
      for (const [name, x] of Object.entries(exact)) t.is(storedAs(x), 'float32', name);
      for (const x of Object.values({ ...rounded, ...exact })) t.is(x.dtype, 'float32');
    });
  },
);

bf16Test(
  'linear layers, attention and convolutions agree with float32 within bf16’s eight bits',
  async (t) => {
    const cases: Record<string, () => tf.Tensor[]> = {
      linear: () =>
        withGradients(
          (x, w, b) => linear(x, w as tf.Tensor2D, b as tf.Tensor1D),
          [random([2, 7, 16]), random([16, 12], 2), random([12], 3)],
        ),
      attention: () =>
        withGradients(
          (q, k, v) => attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D),
          [1, 2, 3].map((seed) => random([2, 3, 9, 8], seed)),
        ),
      'attention with a bias': () =>
        withGradients(
          (q, k, v, bias) =>
            attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, { bias: bias as tf.Tensor4D }),
          [...[1, 2, 3].map((seed) => random([2, 3, 9, 8], seed)), random([1, 3, 9, 9], 4)],
        ),
      convolution: () =>
        withGradients(
          (x, w) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, { padding: 1, stride: 2 }),
          [random([2, 8, 8, 4]), random([3, 3, 4, 6], 2)],
        ),
      'frozen convolution': () => [
        convBatchNorm(
          r4([2, 8, 8, 4]),
          r4([3, 3, 4, 6], 2),
          { ...vectors(6), mean: r1([6], 5), variance: tf.add(r1([6], 6), 1.5) },
          { padding: 1, residual: r4([2, 8, 8, 6], 7), relu: true },
        ),
      ],
      'layer norm': () =>
        withGradients(
          (x, g, b) => layerNorm(x, g as tf.Tensor1D, b as tf.Tensor1D),
          [random([6, 32]), random([32], 2), random([32], 3)],
        ),
      'batch norm of a convolution': () =>
        withGradients(
          (x, w, g, b) =>
            batchNormTraining(conv2d(x as tf.Tensor4D, w as tf.Tensor4D), g as tf.Tensor1D, b as tf.Tensor1D)
              .y,
          [random([4, 8, 8, 4]), random([3, 3, 4, 6], 2), random([6], 3), random([6], 4)],
        ),
      gelu: () =>
        withGradients((x, w) => gelu(linear(x, w as tf.Tensor2D)), [random([5, 8]), random([8, 6], 2)]),
      'log-softmax of logits': () =>
        withGradients(
          (x, w, u) => tf.matMul(logSoftmax(linear(x, w as tf.Tensor2D)) as tf.Tensor2D, u as tf.Tensor2D),
          [random([5, 8]), random([8, 6], 2), random([6, 3], 3)],
        ),
      'softmax of logits': () =>
        withGradients(
          (x, w, u) => tf.matMul(softmax(linear(x, w as tf.Tensor2D)) as tf.Tensor2D, u as tf.Tensor2D),
          [random([5, 8]), random([8, 6], 2), random([6, 3], 3)],
        ),
    };
    for (const [name, compute] of Object.entries(cases)) await sameAsCpu(t, name, compute, ROUNDED);
  },
);

bf16Test('norms, softmax and losses of float32 numbers lose none of their digits', async (t) => {
  const far = (shape: number[]) => tf.add(random(shape), 300);
  const norm = (op: typeof layerNorm) => (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
    op(x, g as tf.Tensor1D, b as tf.Tensor1D);
  const inputs = () => [far([8, 32]), random([32], 2), random([32], 3)];
  // In bf16 the numbers around 300 are 2 apart: rounded first, nothing would be left to normalise.
  await sameAsCpu(t, 'layer norm', () => withGradients(norm(layerNorm), inputs()), ROUNDED);
  const train = (x: tf.Tensor, g: tf.Tensor1D, b: tf.Tensor1D) => batchNormTraining(x, g, b).y;
  await sameAsCpu(t, 'batch norm', () => withGradients(norm(train), inputs()), 1e-3);
  await sameAsCpu(t, 'softmax', () => withGradients(softmax, [tf.mul(random([4, 9]), 8)]));
  await sameAsCpu(t, 'log-softmax', () => withGradients(logSoftmax, [tf.mul(random([4, 9]), 8)]));
  await sameAsCpu(t, 'losses', () =>
    withGradients(
      (a, b) =>
        tf.add(
          crossEntropy(a as tf.Tensor2D, softmax(b) as tf.Tensor2D),
          klDivergence(a as tf.Tensor2D, b as tf.Tensor2D, { temperature: 4 }),
        ),
      [tf.mul(random([4, 9]), 8), random([4, 9], 2)],
    ),
  );
});

bf16Test(
  'weights and slots stay float32, gradients are float32 numbers, and steps too small for bf16 count',
  (t) => {
    const variable = tf.tidy(() => tf.variable(tf.ones([4, 3])));
    const parameter: Parameter = { name: 'weight', variable, decay: false, layout: 'same' };
    const optimizer = new Optimizer(sgd({ momentum: 0.5 }));
    const gradientOf = () =>
      valueAndGradients(
        () => tf.sum(linear(tf.ones([2, 4]), variable as tf.Tensor2D)) as tf.Scalar,
        [variable],
      ).gradients[0] as tf.Tensor;
    tf.tidy(() => {
      const gradient = gradientOf();
      t.is(gradient.dtype, 'float32');
      t.is(storedAs(gradient), 'float32');
      t.deepEqual(gradient.dataSync(), new Float32Array(12).fill(2));
      // 1 − 2·10⁻⁴ is 1 in bf16.
      for (let i = 0; i < 2; i++) optimizer.apply([{ parameter, gradient: gradientOf() }], 1e-4);
    });
    t.is(storedAs(variable), 'float32');
    t.is(storedAs(optimizer.state().get('weight/momentum_buffer') as tf.Tensor), 'float32');
    for (const value of variable.dataSync()) t.true(Math.abs(value - (1 - 2e-4 - 3e-4)) < 1e-6, `${value}`);
    optimizer.dispose();
    variable.dispose();
  },
);

bf16Test('gradients of bf16 are clipped in float32', async (t) => {
  await sameAsCpu(t, 'clip', () => {
    const whole = tf.tensor2d([1, -2, 0.5, 4, 3, -8], [2, 3]);
    const given = [inBf16(whole), tf.reshape(inBf16(whole), [6]), random([4])];
    const { gradients, norm } = clipByGlobalNorm(new Map(given.entries()), 1);
    const clipped = [...gradients.values()];
    if (tf.getBackend() === 'torch') t.deepEqual(new Set(clipped.map(storedAs)), new Set(['float32']));
    return [norm, ...clipped];
  });
});

bf16Test('a weight is rounded once, and anew after an update', (t) => {
  tf.tidy(() => {
    const x = inBf16(tf.ones([2, 4]));
    const variable = tf.variable(tf.ones([4, 3]));
    const parameter: Parameter = { name: 'weight', variable, decay: false, layout: 'same' };
    const read = () => linear(x, variable as tf.Tensor2D).dataSync();
    const rounds = () => operatorsCalled(read).has('to.dtype');
    t.true(rounds());
    t.false(rounds());
    new Optimizer(sgd()).apply([{ parameter, gradient: tf.ones([4, 3]) }], 0.5);
    t.true(rounds());
    t.deepEqual(read(), new Float32Array(6).fill(2));
    variable.assign(tf.zeros([4, 3]));
    t.deepEqual(read(), new Float32Array(6));
    variable.dispose();
  });
});

torchTest('numbers stored as bf16 are read in float32 once the precision is that again', async (t) => {
  await sameAsCpu(t, 'mixed', () => {
    const x = inBf16(tf.tensor2d([1, 2, 3, 4], [2, 2]));
    return [linear(x, r2([2, 3])), tf.matMul(x as tf.Tensor2D, r2([2, 3])), tf.add(x, r2([2, 2], 3))];
  });
});
