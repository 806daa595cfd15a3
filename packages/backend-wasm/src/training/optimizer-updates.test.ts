import { adam, adamw, keyedRng, Optimizer, type OptimizerRule, type Parameter, sgd } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { sameAsCpu } from '../testing/against-cpu.js';

const RULES: readonly OptimizerRule[] = [
  adamw({ weightDecay: 0.1 }),
  adam({ weightDecay: 0.01 }),
  adam({ betas: [0.5, 0.9], eps: 1e-3 }),
  sgd({ weightDecay: 0.01 }),
  sgd({ momentum: 0.9, weightDecay: 0.001 }),
  sgd({ momentum: 0.9, nesterov: true }),
];

const noise = (size: number, seed: number): tf.Tensor => {
  const rng = keyedRng(seed, 'noise');
  return tf.tensor1d(Float32Array.from({ length: size }, () => rng.normal()));
};

const parameterOf = (variable: tf.Variable): Parameter => ({
  name: 'p',
  variable,
  decay: true,
  layout: 'same',
});

/** Parameter and state after 20 updates. */
function trained(rule: OptimizerRule, size: number): tf.Tensor[] {
  const optimizer = new Optimizer(rule);
  const variable = tf.variable(noise(size, 1));
  for (let step = 0; step < 20; step++) {
    optimizer.apply([{ parameter: parameterOf(variable), gradient: noise(size, step + 2) }], 0.01);
  }
  const results = [variable, ...optimizer.state().values()].map((tensor) => tf.clone(tensor));
  variable.dispose();
  optimizer.dispose();
  return results;
}

for (const rule of RULES) {
  test(`${rule.text} follows core's own equations, at every length of the remainder`, async (t) => {
    for (const size of [1, 2, 3, 4, 5, 7, 130]) {
      await sameAsCpu(t, `size ${size}`, () => trained(rule, size), 1e-6);
    }
  });
}

for (const rule of RULES) {
  test(`${rule.text} updates parameters of several shapes, decays and ages at once`, async (t) => {
    await sameAsCpu(
      t,
      'several',
      () => {
        const optimizer = new Optimizer(rule);
        const targets = [5, 1, 130, 8].map((size, i) => ({
          ...parameterOf(tf.variable(noise(size, i))),
          name: `p${i}`,
          decay: i !== 1,
        }));
        for (let step = 0; step < 3; step++) {
          const present = targets.slice(step === 0 ? 1 : 0);
          const updates = present.map((parameter, i) => ({
            parameter,
            gradient: noise(parameter.variable.size, 10 * step + i + 4),
          }));
          optimizer.apply(updates, 0.01);
        }
        const results = targets.map(({ variable }) => tf.clone(variable as tf.Tensor));
        for (const { variable } of targets) variable.dispose();
        optimizer.dispose();
        return results;
      },
      1e-6,
    );
  });
}

test('an update leaves a clone of the parameter as it was', async (t) => {
  await sameAsCpu(t, 'clone', () => {
    const variable = tf.variable(tf.tensor1d([1, 2, 3, 4, 5]));
    const before = tf.clone(variable);
    const optimizer = new Optimizer(sgd());
    const gradient = tf.ones([5]);
    optimizer.apply([{ parameter: parameterOf(variable), gradient }], 0.5);
    const results = [before, tf.clone(variable)];
    variable.dispose();
    optimizer.dispose();
    return results;
  });
});

for (const [what, shape, convolve] of [
  [
    'depthwise',
    [3, 3, 6, 1],
    (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.depthwiseConv2d(x, filter, 1, 'same'),
  ],
  ['small', [3, 3, 6, 5], (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, 1, 'same')],
  ['wide', [3, 3, 6, 15_000], (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, 1, 'same')],
] as const) {
  test(`a ${what} convolution sees what its filter became in place`, async (t) => {
    await sameAsCpu(
      t,
      what,
      () => {
        const optimizer = new Optimizer(sgd({ momentum: 0.9 }));
        const size = tf.util.sizeFromShape([...shape]);
        const filter = tf.variable(tf.reshape(noise(size, 1), [...shape])) as tf.Variable<tf.Rank.R4>;
        const x = tf.reshape(noise(4 * 4 * 6, 2), [1, 4, 4, 6]) as tf.Tensor4D;
        const some = (maps: tf.Tensor) => tf.slice(maps, [0, 0, 0, 0], [1, 4, 4, 5]);
        const outputs: tf.Tensor[] = [];
        for (let step = 0; step < 3; step++) {
          outputs.push(some(convolve(x, filter)));
          const gradient = tf.reshape(noise(size, step + 3), [...shape]);
          optimizer.apply([{ parameter: parameterOf(filter), gradient }], 0.5);
        }
        const results = [...outputs, some(convolve(x, filter))];
        filter.dispose();
        optimizer.dispose();
        return results;
      },
      1e-5,
    );
  });
}
