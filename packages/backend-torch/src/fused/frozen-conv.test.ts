import { type ConvBatchNormOptions, convBatchNorm, type FrozenNorm } from '@kdx/nn';
import { Optimizer, type Parameter, sgd } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { operatorsCalled } from '../testing/operators.js';
import { torchTest } from '../testing/torch-test.js';

const norm = (C: number, epsilon?: number): FrozenNorm => ({
  gamma: random([C], 3),
  beta: random([C], 4),
  mean: random([C], 5),
  variance: tf.add(random([C], 6), 1.5),
  epsilon,
});

interface Case {
  readonly filter: number[];
  readonly options?: ConvBatchNormOptions;
  readonly channels?: number;
  readonly epsilon?: number;
}

const cases: Readonly<Record<string, Case>> = {
  plain: { filter: [3, 3, 4, 6] },
  'stride and padding': { filter: [3, 3, 4, 6], options: { stride: 2, padding: 1, relu: true } },
  'one by one': { filter: [1, 1, 4, 8], options: { stride: 2, relu: true } },
  'another epsilon': { filter: [3, 3, 4, 6], epsilon: 0.5 },
  groups: { filter: [3, 3, 2, 6], options: { groups: 2, padding: [1, 0] } },
  depthwise: { filter: [3, 3, 4, 1], options: { groups: 4, padding: 1, relu: true }, channels: 4 },
  'depthwise, two outputs each': { filter: [3, 3, 4, 2], options: { groups: 4, stride: 2 }, channels: 8 },
};

for (const [name, { filter, options, channels = filter[3] as number, epsilon }] of Object.entries(cases)) {
  torchTest(`a convolution with its norm folded in equals the composition: ${name}`, async (t) => {
    await sameAsCpu(t, name, () => {
      const x = random<tf.Rank.R4>([2, 7, 6, 4]);
      const apply = (more?: ConvBatchNormOptions) =>
        convBatchNorm(x, weights, norms, { ...options, ...more });
      const [weights, norms] = [random<tf.Rank.R4>(filter, 2), norm(channels, epsilon)];
      const y = apply();
      // Again with what is kept of the first time.
      return [y, apply(), apply({ residual: random(y.shape, 7) }), apply({ residual: y, relu: true }), y];
    });
  });
}

torchTest('images and filters of any strides are read aright', async (t) => {
  await sameAsCpu(t, 'strided', () => [
    convBatchNorm(strided<tf.Rank.R4>([2, 7, 6, 4]), strided<tf.Rank.R4>([3, 3, 4, 6], 2), norm(6), {
      padding: 1,
    }),
  ]);
});

torchTest('the folded filter is kept from call to call', (t) => {
  tf.tidy(() => {
    const [x, filter, norms] = [
      random<tf.Rank.R4>([1, 5, 5, 2]),
      random<tf.Rank.R4>([3, 3, 2, 3], 2),
      norm(3),
    ];
    const call = () => convBatchNorm(x, filter, norms);
    t.true(operatorsCalled(call).has('rsqrt'));
    t.false(operatorsCalled(call).has('rsqrt'));
  });
});

torchTest('a student evaluated between updates is folded anew, whatever changed and how', async (t) => {
  await sameAsCpu(t, 'student', () => {
    const x = random<tf.Rank.R4>([2, 5, 5, 2]);
    const start = norm(3);
    const filter = tf.variable(random<tf.Rank.R4>([3, 3, 2, 3], 2)) as tf.Variable<tf.Rank.R4>;
    const [gamma, beta, mean, variance] = [start.gamma, start.beta, start.mean, start.variance].map((one) =>
      tf.variable(one),
    ) as tf.Variable<tf.Rank.R1>[];
    const variables = [filter, gamma, beta, mean, variance] as tf.Variable[];
    const optimizer = new Optimizer(sgd({ momentum: 0.9 }));
    const evaluated: tf.Tensor[] = [];
    const evaluate = () => evaluated.push(convBatchNorm(x, filter, { gamma, beta, mean, variance }));
    const step = (variable: tf.Variable) => {
      const parameter: Parameter = { name: variable.name, variable, decay: false, layout: 'same' };
      optimizer.apply([{ parameter, gradient: random(variable.shape, 8) }], 0.1);
    };
    evaluate();
    for (const variable of [filter, gamma, beta] as tf.Variable[]) {
      step(variable);
      evaluate();
      step(variable);
      evaluate();
    }
    for (const variable of variables) {
      variable.assign(tf.add(variable, 0.25));
      evaluate();
    }
    optimizer.dispose();
    tf.dispose(variables);
    return evaluated;
  });
});
