import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { channelMoments } from '@kdx/nn';
import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { torchTest } from '../support/torch-test.js';

// Moments of channels and their gradient, against sums in double precision on the host.

const SHAPE: [number, number, number, number] = [8, 16, 16, 5];
const C = 5;
const N = 8 * 16 * 16;
/** Every channel has a mean of its own. */
const rng = keyedRng(4, 'moments');
const X = Float32Array.from({ length: N * C }, (_, at) => rng.normal() * (1 + (at % C)) + 3 * (at % C));
const WEIGHTS = { mean: [1, -2, 0.5, 3, -1], variance: [0.3, 2, -1, 0.7, 0] };

function expected(): { mean: number[]; variance: number[]; gradient: number[] } {
  const mean = new Array<number>(C).fill(0);
  X.forEach((value, at) => {
    mean[at % C] += value / N;
  });
  const variance = new Array<number>(C).fill(0);
  X.forEach((value, at) => {
    variance[at % C] += (value - mean[at % C]) ** 2 / N;
  });
  const gradient = Array.from(X, (value, at) => {
    const c = at % C;
    return WEIGHTS.mean[c] / N + (WEIGHTS.variance[c] * 2 * (value - mean[c])) / N;
  });
  return { mean, variance, gradient };
}

function compare(t: ExecutionContext): void {
  const x = tf.tensor4d(X, SHAPE);
  const moments = channelMoments(x);
  const loss = (x: tf.Tensor): tf.Scalar => {
    const { mean, variance } = channelMoments(x);
    return tf.add(tf.dot(mean, WEIGHTS.mean), tf.dot(variance, WEIGHTS.variance)) as tf.Scalar;
  };
  const found = { ...moments, gradient: tf.grad(loss)(x) };
  for (const [name, values] of Object.entries(expected())) {
    const ours = found[name as keyof typeof found].dataSync();
    const size = Math.max(...values.map(Math.abs));
    const miss = Math.max(...values.map((value, i) => Math.abs(value - ours[i])));
    t.is(ours.length, values.length);
    t.true(miss <= 3e-6 * size, `${name}: ${miss} of ${size}`);
  }
  tf.dispose([x, ...Object.values(found)]);
}

test.serial('moments of channels and their gradient are those of double precision (wasm)', async (t) => {
  await wasmBackend().load();
  compare(t);
});

torchTest(test, test.serial)(
  'moments of channels and their gradient are those of double precision',
  async (t) => {
    await torchBackend().load({ threads: 1 });
    compare(t);
  },
);
