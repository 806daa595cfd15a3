import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { RELU_GRAD } from '../kernels/contract.js';
import { valueAndGradients } from './value-and-gradients.js';

await tf.setBackend('cpu');

interface Storage {
  set(id: object, value: { values: Float32Array }): void;
  get(id: object): { values: Float32Array };
  delete(id: object): boolean;
}

/** Bytes of distinct storage that `run` held at its peak, beyond what there was before. */
function peakOf(run: () => void): number {
  const { data } = tf.backend() as unknown as { data: Storage };
  const held = new Map<object, number>();
  let now = 0;
  let peak = 0;
  const { set, delete: remove } = data;
  data.set = (id, value) => {
    held.set(id, value.values?.byteLength ?? 0);
    now += held.get(id) as number;
    peak = Math.max(peak, now);
    set.call(data, id, value);
  };
  data.delete = (id) => {
    now -= held.get(id) ?? 0;
    held.delete(id);
    return remove.call(data, id);
  };
  try {
    tf.tidy(run);
  } finally {
    Object.assign(data, { set, delete: remove });
  }
  return peak;
}

/** Names of the kernels that ran in `run`. */
async function kernelsOf(run: () => void): Promise<string[]> {
  const { kernels } = await tf.profile(() => tf.tidy(run));
  return kernels.map(({ name }) => name);
}

const N = 1000;
const x = tf.variable(tf.ones([N]));
const step = (f: () => tf.Tensor) => () => void valueAndGradients(() => tf.sum(f()), [x]);

test.serial('what no gradient reads is gone with its scope', (t) => {
  const inScope = (op: (y: tf.Tensor) => tf.Tensor) => (y: tf.Tensor) => tf.tidy(() => op(y));
  const chain = (length: number, op: (y: tf.Tensor) => tf.Tensor) =>
    peakOf(
      step(() =>
        Array.from({ length }, () => inScope(op)).reduce((y, f) => {
          const next = f(y);
          if (y !== x) y.dispose();
          return next;
        }, x as tf.Tensor),
      ),
    );
  const shapeOnly = (y: tf.Tensor) => tf.sub(tf.add(tf.mul(y, 2), 1), tf.div(y, 3));
  t.true(chain(40, shapeOnly) - chain(2, shapeOnly) < 4 * N, 'a chain of linear ops keeps nothing');
  // Each square saves its input.
  t.true(chain(40, tf.square) - chain(2, tf.square) >= 38 * 4 * N);
});

test.serial('a chain of ReLUs keeps one tensor each, which the next op shares', (t) => {
  const block = (y: tf.Tensor) => tf.tidy(() => tf.relu(tf.square(y)));
  const depth = 20;
  const peak = peakOf(step(() => Array.from({ length: depth }).reduce<tf.Tensor>((y) => block(y), x)));
  t.true(peak < (depth + 8) * 4 * N, `${peak / (4 * N)} tensors for ${depth} blocks`);
});

test.serial('gradients go as they are used', (t) => {
  // Storage alive when the walk, last of all, reaches the op that was first.
  const atTheEnd = (depth: number): number => {
    let buffers = 0;
    const mark = tf.customGrad((y) => ({
      value: tf.clone(y as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => {
        buffers = tf.memory().numDataBuffers;
        return tf.clone(dy);
      },
    }));
    const deep = () => Array.from({ length: depth }).reduce<tf.Tensor>((y) => tf.exp(y), mark(tf.mul(x, 0)));
    tf.tidy(step(() => tf.tidy(deep)));
    return buffers;
  };
  t.is(atTheEnd(30), atTheEnd(3));
});

test.serial('slices that tile a tensor are concatenated, without padding', async (t) => {
  const sliced = step(() => {
    const y = tf.reshape(tf.square(x), [4, N / 4]);
    return tf.concat(
      [2, 0, 3, 1].map((row) => tf.exp(tf.slice(y, [row, 0], [1, N / 4]))),
      0,
    );
  });
  const names = await kernelsOf(sliced);
  t.false(names.includes(tf.PadV2));
  t.is(names.filter((name) => name === tf.Concat).length, 2, 'one forward, one backward');
  const lone = await kernelsOf(step(() => tf.slice(x, [3], [5])));
  t.true(lone.includes(tf.PadV2));
});

test.serial("a back end's kernel computes the gradient of a ReLU from its output", (t) => {
  const { data } = tf.backend() as unknown as { data: Storage };
  let calls = 0;
  tf.registerKernel({
    kernelName: RELU_GRAD,
    backendName: 'cpu',
    kernelFunc: ({ inputs }) => {
      calls += 1;
      const { dy, y } = inputs as tf.NamedTensorMap;
      const [from, gate] = [dy, y].map(({ dataId }) => data.get(dataId).values);
      return tf.tensor(
        from.map((value, i) => (gate[i] > 0 ? value : 0)),
        dy.shape,
      );
    },
  });
  const v = tf.variable(tf.tensor1d([-1, 0, 2]));
  const gradient = () =>
    tf.tidy(() => [
      ...(valueAndGradients(() => tf.sum(tf.mul(tf.relu(v), 3)), [v]).gradients[0]?.dataSync() ?? []),
    ]);
  try {
    t.deepEqual(gradient(), [0, 0, 3]);
    t.is(calls, 1);
  } finally {
    tf.unregisterKernel(RELU_GRAD, 'cpu');
  }
  t.deepEqual(gradient(), [0, 0, 3]);
  t.is(calls, 1);
});
