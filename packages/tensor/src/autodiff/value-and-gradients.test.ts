import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { keyedRng } from '../random/keyed-rng.js';
import { CASES, type Case, differentiableKernels } from './functions.test.helper.js';
import { valueAndGradients } from './value-and-gradients.js';

await tf.setBackend('cpu');

const variable = (seed: number): tf.Variable<tf.Rank.R3> => {
  const rng = keyedRng(seed, 'variable');
  const data = Float32Array.from({ length: 24 }, () => 0.1 + 0.8 * rng.uniform());
  return tf.tidy(() => tf.variable(tf.tensor3d(data, [2, 3, 4])));
};
const a = variable(1);
const b = variable(2);
const unreached = variable(3);

/** Σ w∘f(a, b) with fixed, uneven w. */
function lossOf(f: Case[1]): tf.Scalar {
  const y = f(a, b);
  const w = tf.cos(tf.reshape(tf.range(0, y.size), y.shape));
  return tf.sum(tf.mul(y, w));
}

function agrees(t: ExecutionContext, name: string, f: Case[1]): void {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const xs = [a, b, unreached];
    const { value, grads } = tf.engine().gradients(() => lossOf(f), xs, undefined, true);
    const own = valueAndGradients(() => lossOf(f), xs);
    t.is(own.value.dataSync()[0], value.dataSync()[0], name);
    own.gradients.forEach((gradient, i) => {
      const expected = grads[i] as tf.Tensor | undefined;
      t.is(gradient === undefined, expected === undefined, `${name}: which variables are reached`);
      if (!gradient || !expected) return;
      t.deepEqual(gradient.shape, expected.shape);
      const close = tf.max(tf.div(tf.abs(tf.sub(gradient, expected)), tf.add(tf.abs(expected), 1)));
      t.true(close.dataSync()[0] < 1e-6, `${name}: gradient ${i} is ${gradient} and not ${expected}`);
    });
    t.true(own.gradients[2] === undefined);
  });
  t.is(tf.memory().numTensors, before, `${name}: tensors left`);
}

test.serial("every differentiable kernel's gradient is TensorFlow.js's, and nothing is left", (t) => {
  const engine = tf.engine() as unknown as { runKernel?: (name: string, ...rest: unknown[]) => unknown };
  const run = engine.runKernel as (name: string, ...rest: unknown[]) => unknown;
  const seen = new Set<string>();
  engine.runKernel = (name, ...rest) => {
    seen.add(name);
    return run.call(engine, name, ...rest);
  };
  try {
    for (const [name, f] of CASES) agrees(t, name, f);
  } finally {
    delete engine.runKernel;
  }
  // TensorFlow.js broadcasts and casts by other kernels; nothing in it runs these two.
  const unreachable = ['BroadcastTo', 'LogSoftmax'];
  t.deepEqual(
    differentiableKernels().filter((name) => !seen.has(name)),
    unreachable,
  );
});

test.serial('random graphs have the gradients of TensorFlow.js', (t) => {
  const same = CASES.filter(([, f]) => tf.tidy(() => f(a, b).shape.join() === '2,3,4'));
  t.true(same.length > 40);
  for (let seed = 0; seed < 40; seed++) {
    const rng = keyedRng(seed, 'graph');
    const pick = <T>(from: readonly T[]): T => from[Math.floor(rng.uniform() * from.length)];
    const steps = Array.from({ length: 12 }, () => [pick(same), rng.uniform(), rng.uniform()] as const);
    agrees(t, steps.map(([[name]]) => name).join(), (...variables) => {
      const pool: tf.Tensor3D[] = [...variables];
      for (const [[, f], i, j] of steps) {
        const [x, y] = [i, j].map((at) => pool[Math.floor(at * pool.length)]);
        // Back into (0.1, 0.9), where every function is defined.
        pool.push(tf.add(tf.mul(tf.sigmoid(f(x, y)), 0.8), 0.1) as tf.Tensor3D);
      }
      return tf.concat(pool.slice(-3), 0);
    });
  }
});

test.serial('gradients inside the loss, to the second order, are those of TensorFlow.js', (t) => {
  agrees(t, 'penalty', (a, b) => tf.grad((x) => tf.sum(tf.mul(tf.tanh(tf.mul(x, b)), x)))(a));
  agrees(t, 'of a constant', (a) =>
    tf.grad((x) => tf.sum(tf.mul(tf.relu(x), tf.exp(tf.mul(a, x)))))(tf.ones([2, 3, 4])),
  );
  agrees(t, 'of an intermediate', (a, b) => {
    const hidden = tf.relu(tf.matMul(a, b, false, true));
    return tf.grad((h) => tf.sum(tf.mul(tf.square(h), tf.mean(h))))(hidden);
  });
  agrees(t, 'through slices and sums', (a) =>
    tf.grad((x) => {
      const [first, second] = [tf.slice(x, [0, 0, 0], [1, 3, 4]), tf.slice(x, [1, 0, 0], [1, 3, 4])];
      return tf.sum(tf.mul(tf.exp(first), tf.square(second)));
    })(tf.square(a)),
  );
  agrees(t, 'own gradient inside', (a) => {
    const xs = [a as unknown as tf.Variable];
    const inner = valueAndGradients(() => tf.sum(tf.pow(a, 3)), xs).gradients[0] as tf.Tensor;
    return tf.mul(inner, a);
  });
});

test.serial('a gradient function may hand back what it was given or saved, or one tensor twice', (t) => {
  type Custom = Parameters<typeof tf.customGrad>[0];
  const same = ((x: tf.Tensor, y: tf.Tensor) => ({
    value: tf.add(x, y),
    gradFunc: (dy: tf.Tensor) => [dy, dy],
  })) as Custom;
  const twice = tf.customGrad(same);
  const own = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.add(x, y);
  const g = (add: typeof own) => (a: tf.Tensor, b: tf.Tensor) => tf.add(add(a, b), tf.mul(add(b, a), a));
  // TensorFlow.js disposes such a gradient as it adds it up, so plain addition is the reference.
  tf.tidy(() => {
    const found = valueAndGradients(() => lossOf(g(twice)), [a, b]).gradients;
    const expected = valueAndGradients(() => lossOf(g(own)), [a, b]).gradients;
    t.deepEqual(
      found.map((x) => x?.dataSync()),
      expected.map((x) => x?.dataSync()),
    );
  });
  const saving = ((x: tf.Tensor, save: (tensors: tf.Tensor[]) => void) => {
    save([x]);
    return { value: tf.square(x), gradFunc: (_: tf.Tensor, [kept]: tf.Tensor[]) => [kept] };
  }) as Custom;
  tf.tidy(() => {
    const square = tf.customGrad(saving);
    const [found] = valueAndGradients(() => tf.sum(square(tf.mul(a, 2))), [a]).gradients;
    t.deepEqual(found?.dataSync(), tf.mul(a, 4).dataSync());
  });
});

test.serial('an exception leaves nothing behind, wherever it comes from', (t) => {
  const fails = (what: string, f: () => tf.Scalar, expected: object) => {
    const before = tf.memory().numTensors;
    tf.tidy(() => void t.throws(() => valueAndGradients(f, [a, b]), expected, what));
    t.is(tf.memory().numTensors, before, what);
    const { state } = tf.engine();
    t.is(state.gradientDepth, 0);
    t.false(Object.hasOwn(tf.engine(), 'addTapeNode'));
    t.deepEqual(
      valueAndGradients(() => tf.sum(a), [a]).gradients[0]?.dataSync(),
      new Float32Array(24).fill(1),
    );
  };
  const boom = (_before?: tf.Tensor) => {
    throw new Error('boom');
  };
  fails('forward', () => boom(tf.exp(tf.mul(a, b))), { message: 'boom' });
  fails('inner gradient', () => tf.sum(tf.grad((x) => boom(tf.exp(x)))(tf.exp(a))), { message: 'boom' });
  const inBackward = tf.customGrad((x) => ({ value: tf.square(x as tf.Tensor), gradFunc: () => boom() }));
  fails('backward', () => tf.sum(tf.exp(inBackward(tf.exp(tf.mul(a, b))))), { message: 'boom' });
  fails('no gradient', () => tf.sum(tf.cast(tf.greater(tf.exp(a), b), 'float32')), {
    code: 'KDX_NO_GRADIENT',
  });
  const misshapen = tf.customGrad((x) => ({
    value: tf.square(x as tf.Tensor),
    gradFunc: () => tf.scalar(1),
  }));
  fails('misshapen', () => tf.sum(misshapen(tf.exp(a))), { code: 'KDX_GRADIENT_INVALID' });
});

test.serial('a cumulative sum along an inner axis has a gradient of the right shape', (t) => {
  tf.tidy(() => {
    const w = tf.reshape(tf.range(0, 24), [2, 3, 4]);
    const [found] = valueAndGradients(() => tf.sum(tf.mul(tf.cumsum(a, 1), w)), [a]).gradients;
    t.deepEqual(found?.arraySync(), tf.cumsum(w, 1, false, true).arraySync());
  });
});

test.serial('a loss that is a variable, or reaches none, is a loss', (t) => {
  const scalar = tf.variable(tf.scalar(3));
  tf.tidy(() => {
    const own = valueAndGradients(() => scalar as unknown as tf.Scalar, [scalar, a]);
    t.is(own.gradients[0]?.dataSync()[0], 1);
    t.is(own.gradients[1], undefined);
    t.deepEqual(valueAndGradients(() => tf.scalar(2), [a]).gradients, [undefined]);
  });
  scalar.dispose();
});

test.serial("a gradient that someone registered in place of TensorFlow.js's is used", (t) => {
  const stock = tf.getGradient(tf.Relu);
  tf.registerGradient({
    kernelName: tf.Relu,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as tf.Tensor, x) }),
  });
  try {
    agrees(t, 'own relu', (a, b) => tf.relu(tf.sub(a, b)));
  } finally {
    tf.registerGradient(stock as tf.GradConfig);
  }
});
