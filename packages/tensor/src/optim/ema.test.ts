import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { EMA_UPDATE, type EmaUpdateAttributes } from '../kernels/contract.js';
import { type Parameter } from '../parameters/parameter.js';
import { type HostTensor } from '../weights/host-tensor.js';
import { Ema } from './ema.js';

await tf.setBackend('cpu');

const parameter = (name: string, values: number[]): Parameter => ({
  name,
  decay: false,
  layout: 'same',
  variable: tf.tidy(() => tf.variable(tf.tensor1d(values))),
});
const set = ({ variable }: Parameter, values: number[]) =>
  tf.tidy(() => variable.assign(tf.tensor1d(values)));
const numbers = ({ variable }: Parameter) => [...variable.dataSync()];
const near = (a: number, b: number, tolerance: number) => Math.abs(a - b) < tolerance;

test.serial('G6: from 1 to 0 in 1000 updates at 0.99996, without a leak', (t) => {
  const p = parameter('p', [1]);
  const ema = new Ema(new Map([['p', p]]), { decay: 0.99996 });
  set(p, [0]);
  const { numTensors } = tf.memory();
  for (let i = 0; i < 1000; i += 1) ema.update();
  t.is(tf.memory().numTensors, numTensors);
  const average = ema.state().get('average/p')!.dataSync()[0];
  t.true(near(average, 0.96078867, 1e-6), String(average));
  t.deepEqual(numbers(p), [0]);
  ema.dispose();
});

test.serial('each update moves by 1 − d of the way, parameters and buffers alike', (t) => {
  const [p, b] = [parameter('p', [0, 10]), parameter('b', [4])];
  const ema = new Ema(
    new Map([
      ['student/p', p],
      ['student/b', b],
    ]),
    { decay: 0.75 },
  );
  set(p, [4, 10]);
  set(b, [0]);
  ema.update();
  ema.update();
  const state = ema.state();
  t.deepEqual([...state.get('average/student/p')!.dataSync()], [1.75, 10]);
  t.deepEqual([...state.get('average/student/b')!.dataSync()], [2.25]);
  ema.dispose();
});

test.serial('the warm-up rule forgets the start sooner', (t) => {
  const p = parameter('p', [1]);
  const ema = new Ema(new Map([['p', p]]), { decay: 0.3, warmup: true });
  set(p, [0]);
  const expected = [0.1, 0.1 * (2 / 11), 0.1 * (2 / 11) * (3 / 12), 0.1 * (2 / 11) * (3 / 12) * 0.3];
  for (const value of expected.slice(0, 3)) {
    ema.update();
    t.true(near(ema.state().get('average/p')!.dataSync()[0], value, 1e-7));
  }
  // (1 + 3) / (10 + 3) is 0.3077, above the decay.
  ema.update();
  t.true(near(ema.state().get('average/p')!.dataSync()[0], expected[3], 1e-7));
  ema.dispose();
});

test.serial(
  'the averages are in place during an evaluation and the live values after it, also after a throw',
  async (t) => {
    const p = parameter('p', [8]);
    const ema = new Ema(new Map([['p', p]]), { decay: 0.5 });
    set(p, [0]);
    ema.update();
    const { numTensors } = tf.memory();
    t.is(await ema.withAveraged(async () => numbers(p)[0]), 4);
    t.deepEqual(numbers(p), [0]);
    await t.throwsAsync(
      ema.withAveraged(() => Promise.reject(new Error('stop'))),
      { message: 'stop' },
    );
    t.deepEqual(numbers(p), [0]);
    ema.swap();
    t.deepEqual(numbers(p), [4]);
    for (const call of [() => ema.update(), () => ema.state()]) {
      const error = t.throws(call, { message: /while the averages are in place/ });
      t.is((error as { code?: string }).code, 'KDX_EMA_SWAPPED');
    }
    ema.swap();
    t.deepEqual(numbers(p), [0]);
    t.is(tf.memory().numTensors, numTensors);
    ema.update();
    t.deepEqual([...ema.state().get('average/p')!.dataSync()], [2]);
    ema.dispose();
  },
);

test.serial('a state goes on where it was, its update count included', (t) => {
  const p = parameter('p', [1]);
  const options = { decay: 0.99, warmup: true };
  const first = new Ema(new Map([['p', p]]), options);
  set(p, [0]);
  for (let i = 0; i < 5; i += 1) first.update();
  const state = new Map<string, HostTensor>();
  for (const [name, tensor] of first.state()) {
    state.set(name, { shape: [...tensor.shape], data: tensor.dataSync().slice() as Float32Array });
  }
  const second = new Ema(new Map([['p', p]]), options);
  second.load(state);
  first.update();
  second.update();
  t.deepEqual(second.state().get('average/p')!.dataSync(), first.state().get('average/p')!.dataSync());
  state.set('average/p', { shape: [2], data: Float32Array.of(1, 2) });
  const error = t.throws(() => second.load(state), { message: /no average of "p" of shape \[1\]/ });
  t.is((error as { code?: string }).code, 'KDX_CHECKPOINT');
  t.throws(() => second.load(new Map()), { message: /resume with/ });
  first.dispose();
  second.dispose();
});

test('a decay outside (0, 1) is refused', (t) => {
  for (const decay of [0, 1, Number.NaN])
    t.throws(() => new Ema(new Map(), { decay }), { message: /set ema to/ });
});

test.serial("a back end's kernel moves all averages at once, in place, and never a clone", (t) => {
  const { data } = tf.backend() as unknown as { data: { get(id: object): { values: Float32Array } } };
  let calls = 0;
  tf.registerKernel({
    kernelName: EMA_UPDATE,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      const { count, decay } = attrs as unknown as EmaUpdateAttributes;
      for (let k = 0; k < count; k += 1) {
        const [a, v] = [inputs[k], inputs[count + k]].map((info) => data.get(info!.dataId).values);
        for (let i = 0; i < a.length; i += 1) a[i] += (1 - decay) * (v[i] - a[i]);
      }
      calls += 1;
      return [];
    },
  });
  try {
    const [p, q] = [parameter('p', [0, 10]), parameter('q', [4])];
    const ema = new Ema(
      new Map([
        ['p', p],
        ['q', q],
      ]),
      { decay: 0.75 },
    );
    set(p, [4, 10]);
    set(q, [0]);
    const before = tf.clone(ema.state().get('average/p')!);
    const { numTensors } = tf.memory();
    ema.update();
    ema.update();
    t.is(calls, 2);
    t.is(tf.memory().numTensors, numTensors);
    t.deepEqual([...ema.state().get('average/p')!.dataSync()], [1.75, 10]);
    t.deepEqual([...ema.state().get('average/q')!.dataSync()], [2.25]);
    t.deepEqual([...before.dataSync()], [0, 10]);
    t.deepEqual(numbers(p), [4, 10]);
    ema.dispose();
  } finally {
    tf.unregisterKernel(EMA_UPDATE, 'cpu');
  }
});
