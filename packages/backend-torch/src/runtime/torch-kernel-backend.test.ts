import { conv2d, detach, linear } from '@kdx/nn';
import { Optimizer, type Parameter, sgd, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { held, random, sameAsCpu } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';
import type { TorchKernelBackend } from './torch-kernel-backend.js';

const parameterOf = (variable: tf.Variable): Parameter => ({
  name: variable.name,
  variable,
  decay: false,
  layout: 'same',
});

/** Changes a variable in place where the back end can. */
function update(variable: tf.Variable): void {
  const optimizer = new Optimizer(sgd());
  tf.tidy(() =>
    optimizer.apply([{ parameter: parameterOf(variable), gradient: random(variable.shape, 9) }], 0.5),
  );
  optimizer.dispose();
}

torchTest('what was taken of a variable before an update keeps its values', async (t) => {
  await sameAsCpu(t, 'views', () => {
    const variable = tf.variable(random([4, 6]));
    const views = [
      tf.clone(variable),
      tf.reshape(variable, [6, 4]),
      tf.slice(variable, [1, 2], [2, 3]),
      tf.transpose(variable),
      tf.expandDims(variable, 0),
      detach(variable),
      ...tf.unstack(variable),
      ...tf.split(variable, 2, 1),
    ];
    const early = tf.mul(variable, 1);
    update(variable);
    const first = tf.clone(variable);
    update(variable);
    const results = [early, ...views, first, tf.mul(variable, 1)];
    variable.dispose();
    return results;
  });
});

torchTest('a variable that is a view of another tensor leaves it alone', async (t) => {
  await sameAsCpu(t, 'variable of a view', () => {
    const whole = random([4, 6]);
    const variables = [tf.slice(whole, [1, 0], [2, 6]), tf.transpose(whole), tf.reshape(whole, [24])].map(
      (view) => tf.variable(view),
    );
    variables.forEach(update);
    const results = [...variables.map((variable) => tf.mul(variable, 1)), tf.mul(whole, 1)];
    tf.dispose(variables);
    return results;
  });
});

torchTest('a variable that took the values of another does not follow it', async (t) => {
  await sameAsCpu(t, 'assign', () => {
    const [a, b] = [tf.variable(random([3, 2])), tf.variable(random([3, 2], 2))];
    b.assign(a);
    update(a);
    const results = [tf.mul(a, 1), tf.mul(b, 1)];
    tf.dispose([a, b]);
    return results;
  });
});

/** Elements from one row to the next, and from one column to the next. */
function strides(matrix: tf.Tensor): number[] {
  const { operators, handle } = tf.backend() as TorchKernelBackend;
  const tensor = handle.call(tf.backend(), matrix);
  return [0, 1].map((axis) => operators.call('stride.int', tensor, axis) as number);
}

torchTest('a weight is put in the order that products read, once', (t) => {
  const weight = tf.tidy(() => tf.variable(random<tf.Rank.R2>([3, 4])));
  t.deepEqual(strides(weight), [4, 1]);
  const before = held();
  tf.tidy(() => {
    linear(random([2, 3]), weight as tf.Tensor2D);
  });
  t.deepEqual(strides(weight), [1, 3]);
  update(weight);
  t.deepEqual(strides(weight), [1, 3]);
  t.is(held(), before);
  weight.dispose();
});

torchTest(
  'weights in another order keep values and views, learn, and learn after an assignment',
  async (t) => {
    await sameAsCpu(t, 'order', () => {
      const filter = tf.variable(random<tf.Rank.R4>([3, 3, 2, 3]));
      const weight = tf.variable(random<tf.Rank.R2>([3, 4], 2));
      const variables = [filter, weight] as tf.Variable[];
      const optimizer = new Optimizer(sgd({ momentum: 0.9 }));
      const seen: tf.Tensor[] = [];
      const see = () => {
        for (const variable of variables) {
          seen.push(
            tf.mul(variable, 1),
            tf.reshape(variable, [-1]),
            tf.transpose(variable),
            tf.sum(variable, 0),
          );
        }
      };
      const step = (seed: number) => {
        const x = random<tf.Rank.R4>([2, 4, 4, 2], seed);
        const { value, gradients } = valueAndGradients(() => {
          const maps = conv2d(x, filter as tf.Tensor4D, { padding: 1 });
          return tf.sum(tf.square(linear(maps, weight as tf.Tensor2D))) as tf.Scalar;
        }, variables);
        seen.push(value);
        optimizer.apply(
          variables.map((variable, i) => ({
            parameter: parameterOf(variable),
            gradient: gradients[i] as tf.Tensor,
          })),
          0.001,
        );
        see();
      };
      see();
      step(1);
      step(2);
      for (const variable of variables) variable.assign(random(variable.shape, 7));
      see();
      step(3);
      step(4);
      optimizer.dispose();
      tf.dispose(variables);
      return seen;
    });
  },
);

torchTest(
  'tensors move from another back end, with their values and without leaving any behind',
  async (t) => {
    await tf.setBackend('cpu');
    const [x, truth] = [random([2, 3]), tf.tensor1d([true, false], 'bool')];
    const expected = x.dataSync().slice();
    await tf.setBackend('torch');
    const before = held();
    const sum = tf.tidy(() => tf.sub(tf.add(x, 1), 1));
    const negated = tf.logicalNot(truth);
    const differences = Array.from(sum.dataSync(), (value, i) => Math.abs(value - (expected[i] as number)));
    t.true(Math.max(...differences) < 1e-6);
    t.deepEqual(Array.from(negated.dataSync()), [0, 1]);
    tf.dispose([x, truth, sum, negated]);
    t.is(held(), before);
  },
);

torchTest('values are read while the event loop goes on as they are read at once', async (t) => {
  const x = random([3, 4]);
  t.deepEqual(await x.data(), x.dataSync());
  const words = tf.tensor1d(['a', 'é']);
  t.deepEqual(await words.data(), ['a', 'é']);
  tf.dispose([x, words]);
});
