import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import {
  ADAM_UPDATE,
  type AdamUpdateAttributes,
  SGD_UPDATE,
  type SgdUpdateAttributes,
} from '../kernels/contract.js';
import { type Parameter } from '../parameters/parameter.js';
import { keyedRng } from '../random/keyed-rng.js';
import { type HostTensor } from '../weights/host-tensor.js';
import { adam, adamw } from './adam.js';
import { Optimizer } from './optimizer.js';
import { type OptimizerRule } from './rule.js';
import { sgd } from './sgd.js';

await tf.setBackend('cpu');

const SIZE = 6;
const STEPS = 20;
const LR = 0.05;

const parameter = (name: string, decay: boolean, values: readonly number[]): Parameter => ({
  name,
  decay,
  layout: 'same',
  variable: tf.variable(tf.tensor1d([...values])),
});
const randoms = (purpose: string): number[] => {
  const rng = keyedRng(1, purpose);
  return Array.from({ length: SIZE }, () => rng.normal());
};
const gradientAt = (step: number): number[] => randoms(`gradient ${step}`);

/** A rule in plain float64, from PyTorch's documentation: state in, parameter out. */
type Reference = (
  p: number,
  g: number,
  state: Record<string, number>,
  t: number,
  lr: number,
  wd: number,
) => number;

const sgdReference =
  (momentum: number, nesterov: boolean): Reference =>
  (p, g0, state, t, lr, wd) => {
    const g = g0 + wd * p;
    if (momentum === 0) return p - lr * g;
    state.b = t === 1 ? g : momentum * state.b + g;
    return p - lr * (nesterov ? g + momentum * state.b : state.b);
  };

const adamReference =
  (b1: number, b2: number, eps: number, decoupled: boolean): Reference =>
  (p0, g0, state, t, lr, wd) => {
    const p = decoupled ? p0 - lr * wd * p0 : p0;
    const g = decoupled ? g0 : g0 + wd * p0;
    state.m = b1 * (state.m ?? 0) + (1 - b1) * g;
    state.v = b2 * (state.v ?? 0) + (1 - b2) * g ** 2;
    const mHat = state.m / (1 - b1 ** t);
    const vHat = state.v / (1 - b2 ** t);
    return p - (lr * mHat) / (Math.sqrt(vHat) + eps);
  };

function run(optimizer: Optimizer, target: Parameter, from: number, to: number): void {
  for (let step = from; step <= to; step += 1) {
    const gradient = tf.tensor1d(gradientAt(step));
    optimizer.apply([{ parameter: target, gradient }], LR);
    gradient.dispose();
  }
}

function agrees(t: ExecutionContext, rule: OptimizerRule, reference: Reference, wd: number): void {
  for (const decay of [true, false]) {
    const start = randoms('start');
    const target = parameter('w', decay, start);
    const optimizer = new Optimizer(rule);
    run(optimizer, target, 1, STEPS);
    const values = target.variable.dataSync();
    start.forEach((first, i) => {
      const state = {};
      let p = first;
      for (let step = 1; step <= STEPS; step += 1)
        p = reference(p, gradientAt(step)[i], state, step, LR, decay ? wd : 0);
      t.true(Math.abs(values[i] - p) < 5e-6, `decay ${decay}: ${values[i]} is not ${p}`);
    });
    optimizer.dispose();
    target.variable.dispose();
  }
}

const rules: [title: string, rule: OptimizerRule, reference: Reference, weightDecay: number][] = [
  ['plain SGD', sgd(), sgdReference(0, false), 0],
  ['SGD with weight decay', sgd({ weightDecay: 0.3 }), sgdReference(0, false), 0.3],
  ['SGD with momentum', sgd({ momentum: 0.9, weightDecay: 0.1 }), sgdReference(0.9, false), 0.1],
  ['Nesterov SGD', sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1 }), sgdReference(0.9, true), 0.1],
  ['Adam', adam(), adamReference(0.9, 0.999, 1e-8, false), 0],
  [
    'Adam with an L2 term',
    adam({ betas: [0.8, 0.95], eps: 1e-3, weightDecay: 0.3 }),
    adamReference(0.8, 0.95, 1e-3, false),
    0.3,
  ],
  ['AdamW', adamw({ weightDecay: 0.3 }), adamReference(0.9, 0.999, 1e-8, true), 0.3],
  ['AdamW with its defaults', adamw(), adamReference(0.9, 0.999, 1e-8, true), 0.01],
];

for (const [title, rule, reference, weightDecay] of rules) {
  test.serial(`${title} follows PyTorch's equations for ${STEPS} steps, decayed and exempt`, (t) => {
    agrees(t, rule, reference, weightDecay);
  });

  test.serial(`${title} resumes bit for bit from its state`, (t) => {
    const start = randoms('start');
    const whole = parameter('w', true, start);
    const first = new Optimizer(rule);
    run(first, whole, 1, 7);
    const state = new Map<string, HostTensor>();
    for (const [name, tensor] of first.state()) {
      state.set(name, { shape: [...tensor.shape], data: tensor.dataSync().slice() as Float32Array });
    }
    const resumed = parameter('w', true, [...whole.variable.dataSync()]);
    run(first, whole, 8, STEPS);
    const second = new Optimizer(rule);
    second.load(state);
    t.deepEqual([...second.state().keys()], [...state.keys()]);
    run(second, resumed, 8, STEPS);
    t.deepEqual(resumed.variable.dataSync(), whole.variable.dataSync());
    for (const optimizer of [first, second]) optimizer.dispose();
    for (const { variable } of [whole, resumed]) variable.dispose();
  });

  test.serial(`${title} leaves no tensor behind in 1000 steps`, (t) => {
    const before = tf.memory().numTensors;
    const target = parameter('w', true, randoms('start'));
    const optimizer = new Optimizer(rule);
    run(optimizer, target, 1, 1);
    const { numTensors } = tf.memory();
    const gradient = tf.tensor1d(gradientAt(1));
    for (let step = 0; step < 1000; step += 1) optimizer.apply([{ parameter: target, gradient }], 1e-3);
    gradient.dispose();
    t.is(tf.memory().numTensors, numTensors);
    optimizer.state();
    optimizer.state();
    optimizer.dispose();
    target.variable.dispose();
    t.is(tf.memory().numTensors, before + 1, 'only the tensor that the variable was made of');
  });
}

test.serial('slots are made at the first gradient and freed when the parameter leaves', (t) => {
  const [a, b] = [parameter('a', true, [1]), parameter('b', true, [2])];
  const optimizer = new Optimizer(adamw());
  const gradient = tf.tensor1d([1]);
  optimizer.apply([{ parameter: a, gradient }], LR);
  t.deepEqual([...optimizer.state().keys()], ['a/exp_avg', 'a/exp_avg_sq', 'a/step']);
  t.is(b.variable.dataSync()[0], 2);
  optimizer.apply([{ parameter: b, gradient, name: 'module/x/b' }], LR);
  t.is(optimizer.state().get('module/x/b/step')?.dataSync()[0], 1);
  const { numTensors } = tf.memory();
  optimizer.forget('a');
  t.is(tf.memory().numTensors, numTensors - 3);
  t.false(optimizer.state().has('a/step'));
  t.notThrows(() => optimizer.forget('a'));
  optimizer.dispose();
});

test.serial('inside an open scope the slots survive it', (t) => {
  const target = parameter('w', true, [1, 2]);
  const optimizer = new Optimizer(sgd({ momentum: 0.5 }));
  for (let step = 0; step < 2; step += 1) {
    tf.tidy(() => optimizer.apply([{ parameter: target, gradient: tf.tensor1d([1, 1]) }], 0.1));
  }
  t.deepEqual([...optimizer.state().get('w/momentum_buffer')!.dataSync()], [1.5, 1.5]);
  optimizer.dispose();
});

test('two parameters of one name are refused', (t) => {
  const optimizer = new Optimizer(sgd());
  const gradient = tf.tensor1d([1]);
  const updates = [0, 1].map(() => ({ parameter: parameter('w', true, [1]), gradient }));
  const error = t.throws(() => optimizer.apply(updates, LR), { message: /called "w"/ });
  t.is((error as { code?: string }).code, 'KDX_PARAMETER_TWICE');
});

test("another rule's state, or another model's, is refused", (t) => {
  const one: HostTensor = { shape: [2], data: Float32Array.of(1, 1) };
  const step: HostTensor = { shape: [], data: Int32Array.of(3) };
  t.throws(
    () =>
      new Optimizer(adam()).load(
        new Map([
          ['w/momentum_buffer', one],
          ['w/step', step],
        ]),
      ),
    {
      message: /lacks "w\/exp_avg".*adam/,
    },
  );
  t.throws(
    () =>
      new Optimizer(sgd()).load(
        new Map([
          ['w/momentum_buffer', one],
          ['w/step', step],
        ]),
      ),
    {
      message: /has an unknown "w\/momentum_buffer"/,
    },
  );
  const optimizer = new Optimizer(sgd({ momentum: 0.9 }));
  optimizer.load(
    new Map([
      ['w/momentum_buffer', one],
      ['w/step', step],
    ]),
  );
  const gradient = tf.tensor1d([1, 2, 3]);
  const target = parameter('w', true, [1, 2, 3]);
  const error = t.throws(() => optimizer.apply([{ parameter: target, gradient }], LR), {
    message: /is \[2\] and the parameter \[3\]/,
  });
  t.is((error as { code?: string }).code, 'KDX_CHECKPOINT');
});

test('options out of range are refused by name', (t) => {
  t.throws(() => sgd({ momentum: 1 }), { message: /optimizer.momentum/ });
  t.throws(() => sgd({ nesterov: true }), { message: /optimizer.nesterov/ });
  t.throws(() => sgd({ weightDecay: -1 }), { message: /optimizer.weightDecay/ });
  t.throws(() => adam({ betas: [0.9, 1] }), { message: /optimizer.betas/ });
  t.throws(() => adamw({ eps: Number.NaN }), { message: /optimizer.eps/ });
});

test('a rule says what it is', (t) => {
  t.is(
    sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }).text,
    'sgd(momentum 0.9 nesterov, weight decay 0.0005)',
  );
  t.is(adamw({ weightDecay: 0.05 }).text, 'adamw(betas 0.9, 0.999, weight decay 0.05)');
});

/** Storage of a tensor of the CPU back end. */
function storage(tensor: { dataId: object } | undefined): Float32Array {
  const { data } = tf.backend() as unknown as { data: { get(id: object): { values: Float32Array } } };
  return data.get(tensor!.dataId).values;
}

/** Parameters of several shapes, one exempt from decay and one that joins later, after 3 steps. */
function severalTogether(rule: OptimizerRule, kernels: boolean): number[] {
  const registered = [SGD_UPDATE, ADAM_UPDATE].map((name) => tf.getKernel(name, 'cpu'));
  if (!kernels) for (const { kernelName } of registered) tf.unregisterKernel(kernelName, 'cpu');
  const targets = [3, 1, 4, 2].map((size, i) => ({
    ...parameter(`w${i}`, i !== 1, randoms('start').slice(0, size)),
  }));
  const optimizer = new Optimizer(rule);
  for (let step = 1; step <= 3; step += 1) {
    tf.tidy(() => {
      const present = targets.slice(step === 1 ? 1 : 0);
      const updates = present.map((target) => ({
        parameter: target,
        gradient: tf.tensor1d(gradientAt(step).slice(0, target.variable.size)),
      }));
      optimizer.apply(updates, LR);
    });
  }
  const values = targets.flatMap(({ variable }) => [...variable.dataSync()]);
  optimizer.dispose();
  for (const { variable } of targets) variable.dispose();
  if (!kernels) for (const config of registered) tf.registerKernel(config);
  return values;
}

test.serial('fused kernels of a back end are used, in place, and never move a clone', (t) => {
  let calls = 0;
  tf.registerKernel({
    kernelName: SGD_UPDATE,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      const attributes = attrs as unknown as SgdUpdateAttributes;
      const { count, learningRate, momentum, nesterov, weightDecay } = attributes;
      t.is(Object.keys(inputs).length, (momentum > 0 ? 3 : 2) * count);
      for (let k = 0; k < count; k += 1) {
        const [p, g] = [storage(inputs[k]), storage(inputs[count + k])];
        const b = momentum > 0 ? storage(inputs[2 * count + k]) : undefined;
        for (let i = 0; i < p.length; i += 1) {
          const d = g[i] + weightDecay * p[i];
          if (b) b[i] = momentum * b[i] + d;
          p[i] -= learningRate * (b ? (nesterov ? d + momentum * b[i] : b[i]) : d);
        }
      }
      calls += 1;
      return [];
    },
  });
  tf.registerKernel({
    kernelName: ADAM_UPDATE,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      const attributes = attrs as unknown as AdamUpdateAttributes;
      const { count, learningRate, beta1, beta2, eps, weightDecay, decoupled, step } = attributes;
      t.is(Object.keys(inputs).length, 4 * count);
      const next = adamReference(beta1, beta2, eps, decoupled);
      for (let k = 0; k < count; k += 1) {
        const [p, g, m, v] = [0, 1, 2, 3].map((list) => storage(inputs[list * count + k]));
        const state: Record<string, number> = {};
        for (let i = 0; i < p.length; i += 1) {
          [state.m, state.v] = [m[i], v[i]];
          p[i] = next(p[i], g[i], state, step, learningRate, weightDecay);
          [m[i], v[i]] = [state.m, state.v];
        }
      }
      calls += 1;
      return [];
    },
  });
  try {
    for (const [, rule, reference, weightDecay] of rules) agrees(t, rule, reference, weightDecay);
    t.is(calls, rules.length * 2 * STEPS);

    for (const [, rule] of rules) {
      const before = calls;
      const [fused, composed] = [true, false].map((kernels) => severalTogether(rule, kernels));
      fused.forEach((value, i) => {
        t.true(Math.abs(value - composed[i]) < 1e-5, `${rule.text}: ${value} is not ${composed[i]}`);
      });
      t.true(calls - before <= 8, 'a call per decay and age, not one for each of 11 updates');
    }

    const target = parameter('w', true, [1, 2]);
    const snapshot = target.variable.clone();
    const optimizer = new Optimizer(sgd());
    const gradient = tf.tensor1d([1, 1]);
    optimizer.apply([{ parameter: target, gradient }], 1);
    t.deepEqual([...snapshot.dataSync()], [1, 2]);
    t.deepEqual([...target.variable.dataSync()], [0, 1]);
    const { dataId } = target.variable;
    optimizer.apply([{ parameter: target, gradient }], 1);
    t.is(target.variable.dataId, dataId, 'unshared storage is written in place');
    const { numTensors } = tf.memory();
    for (let i = 0; i < 1000; i += 1) optimizer.apply([{ parameter: target, gradient }], 0);
    t.is(tf.memory().numTensors, numTensors);
  } finally {
    tf.unregisterKernel(SGD_UPDATE, 'cpu');
    tf.unregisterKernel(ADAM_UPDATE, 'cpu');
  }
});
