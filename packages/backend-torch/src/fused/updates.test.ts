import { conv2d, linear } from '@kdx/nn';
import {
  adam,
  adamw,
  clipByGlobalNorm,
  Ema,
  Optimizer,
  type OptimizerRule,
  type Parameter,
  sgd,
  valueAndGradients,
} from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu } from '../testing/against-cpu.js';
import { operatorsCalled } from '../testing/operators.js';
import { torchTest } from '../testing/torch-test.js';

const STEPS = 5;

const parameter = (name: string, value: tf.Tensor, decay: boolean): Parameter => ({
  name,
  variable: tf.variable(value),
  decay,
  layout: 'same',
});

/** A convolution, a linear layer and a scale: weights whose memory kernels put in an order of their own, a vector, a scalar. */
function student() {
  const parameters = [
    parameter('filter', random([3, 3, 2, 4]), true),
    parameter('weight', random([4, 5], 2), true),
    parameter('bias', random([5], 3), false),
    parameter('scale', tf.scalar(0.5), false),
  ];
  const [filter, weight, bias, scale] = parameters.map(({ variable }) => variable) as [
    tf.Variable<tf.Rank.R4>,
    tf.Variable<tf.Rank.R2>,
    tf.Variable<tf.Rank.R1>,
    tf.Variable,
  ];
  const forward = (x: tf.Tensor4D): tf.Tensor => {
    const maps = tf.relu(conv2d(x, filter, { padding: 1 }));
    return tf.mul(linear(tf.mean(maps, [1, 2]), weight, bias), scale);
  };
  return { parameters, forward };
}

type Student = ReturnType<typeof student>;

/** One step on data that the step's number makes. */
function step({ parameters, forward }: Student, optimizer: Optimizer, index: number): void {
  tf.tidy(() => {
    const [x, wanted] = [random<tf.Rank.R4>([2, 4, 4, 2], index), random([2, 5], index + 50)];
    const { gradients } = valueAndGradients(
      () => tf.mean(tf.squaredDifference(forward(x), wanted)) as tf.Scalar,
      parameters.map(({ variable }) => variable),
    );
    const updates = parameters.map((one, i) => ({ parameter: one, gradient: gradients[i] as tf.Tensor }));
    optimizer.apply(updates, 0.1 / index);
  });
}

/** Parameters and the optimiser's slots after some steps, with the optimiser's state saved and loaded on the way. */
function trained(rule: OptimizerRule): tf.Tensor[] {
  const model = student();
  let optimizer = new Optimizer(rule);
  for (let index = 1; index <= STEPS; index++) {
    step(model, optimizer, index);
    if (index === 2) optimizer = reloaded(optimizer);
  }
  const state = [...optimizer.state().values()].map((tensor) => tf.mul(tensor, 1));
  const values = model.parameters.map(({ variable }) => tf.mul(variable, 1));
  optimizer.dispose();
  for (const { variable } of model.parameters) variable.dispose();
  return [...values, ...state];
}

function reloaded(optimizer: Optimizer): Optimizer {
  const state = [...optimizer.state()].map(([name, tensor]) => {
    const { shape } = tensor;
    return [name, { shape, data: tensor.dataSync<'float32'>().slice() }] as const;
  });
  const next = new Optimizer(optimizer.rule);
  next.load(new Map(state));
  optimizer.dispose();
  return next;
}

const rules = {
  SGD: sgd(),
  'SGD with weight decay': sgd({ weightDecay: 0.1 }),
  momentum: sgd({ momentum: 0.9 }),
  'Nesterov with weight decay': sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  Adam: adam(),
  'Adam with an L2 term': adam({ weightDecay: 0.1 }),
  AdamW: adamw({ weightDecay: 0.1 }),
  'AdamW with other betas': adamw({ betas: [0.5, 0.7], eps: 0.01, weightDecay: 0 }),
};

for (const [name, rule] of Object.entries(rules)) {
  torchTest(`${STEPS} steps of ${name} equal core's composition`, async (t) => {
    await sameAsCpu(t, name, () => trained(rule));
  });
}

torchTest('an update is of all tensors at once', (t) => {
  for (const rule of [sgd({ momentum: 0.9 }), adamw()]) {
    const [model, optimizer] = [student(), new Optimizer(rule)];
    step(model, optimizer, 1);
    const called = operatorsCalled(() => step(model, optimizer, 2));
    t.true([...called].some((operator) => operator.startsWith('_foreach') || operator.startsWith('_fused')));
    optimizer.dispose();
    for (const { variable } of model.parameters) variable.dispose();
  }
});

torchTest('an average follows its parameters as core’s composition does', async (t) => {
  await sameAsCpu(t, 'EMA', () => {
    const [model, optimizer] = [student(), new Optimizer(sgd())];
    const ema = new Ema(new Map(model.parameters.map((one) => [one.name, one])), { decay: 0.75 });
    const seen: tf.Tensor[] = [];
    for (let index = 1; index <= STEPS; index++) {
      step(model, optimizer, index);
      ema.update();
      if (index === 3) {
        ema.swap();
        seen.push(tf.mul(model.forward(random([1, 4, 4, 2], 9)), 1));
        ema.swap();
      }
    }
    for (const { name, variable } of model.parameters) {
      seen.push(tf.mul(ema.state().get(`average/${name}`) as tf.Tensor, 1), tf.mul(variable, 1));
    }
    ema.dispose();
    optimizer.dispose();
    for (const { variable } of model.parameters) variable.dispose();
    return seen;
  });
});

const gradients = (): tf.Tensor[] => [random([3, 4]), random([5], 2), tf.scalar(-2), tf.zeros([0, 3])];

torchTest('gradients are clipped to their norm, and left alone below it', async (t) => {
  for (const maxNorm of [0.5, 100]) {
    await sameAsCpu(t, `at most ${maxNorm}`, () => {
      const clipped = clipByGlobalNorm(new Map(gradients().entries()), maxNorm);
      return [clipped.norm, ...clipped.gradients.values()];
    });
  }
});

torchTest('views and gradients that two parameters share are clipped once each', async (t) => {
  await sameAsCpu(t, 'shared', () => {
    const whole = random([4, 6]);
    const views = [tf.reshape(whole, [24]), tf.slice(whole, [1, 2], [2, 3]), tf.transpose(whole)];
    const one = random([3], 2);
    const given = [...views, one, tf.clone(one), tf.broadcastTo(tf.scalar(3), [2, 2])];
    const clipped = clipByGlobalNorm(new Map(given.entries()), 0.5);
    return [clipped.norm, ...clipped.gradients.values(), tf.mul(whole, 1)];
  });
});

torchTest('a gradient that is no number shows in the norm and in what is clipped', async (t) => {
  await sameAsCpu(t, 'NaN', () => {
    const given = [tf.tensor1d([1, Number.NaN]), random([3])];
    const clipped = clipByGlobalNorm(new Map(given.entries()), 1);
    return [clipped.norm, ...clipped.gradients.values()].map((x) => tf.cast(tf.isNaN(x), 'float32'));
  });
});
