import * as tf from '@tensorflow/tfjs';
import type { ExecutionContext } from 'ava';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import type { TorchKernelBackend } from '../runtime/torch-kernel-backend.js';

/** A tensor of values between -1 and 1, the same on every run. */
export function random<R extends tf.Rank = tf.Rank>(shape: number[], seed = 1): tf.Tensor<R> {
  let state = seed * 2654435761;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
  return tf.tensor(values, shape as [number]) as tf.Tensor as tf.Tensor<R>;
}

/** As {@link random}, with the strides of a transposed tensor. */
export const strided = <R extends tf.Rank = tf.Rank>(shape: number[], seed = 1): tf.Tensor<R> =>
  tf.transpose(random<R>([...shape].reverse(), seed)) as tf.Tensor<R>;

/** The same numbers stored as bf16 on the torch back end, as they are on another. They must be exact in bf16. */
export function inBf16<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
  if (tf.getBackend() !== 'torch') return x.clone();
  const backend = tf.backend() as TorchKernelBackend;
  const stored = backend.operators.call('to.dtype', backend.handle(x), SCALAR_TYPE.bf16) as number;
  return tf.engine().makeTensorFromTensorInfo(backend.adopt(stored)) as tf.Tensor<R>;
}

/**
 * The value of an op and the gradients of its inputs, of a sum in which every element of the value has a weight of its
 * own.
 */
export function withGradients(op: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const y = op(...inputs);
  const weights = random(y.shape, 99);
  return [y, ...tf.grads((...xs) => tf.sum(tf.mul(op(...xs), weights)))(inputs)];
}

/** What a computation gave on one back end. */
interface Outcome {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: ArrayLike<number | string>;
}

/** Data ids and, on the torch back end, the tensors behind them. */
export function held(): number {
  const backend = tf.backend() as TorchKernelBackend;
  return backend.numDataIds() + (tf.getBackend() === 'torch' ? backend.bridge.memory().tensors : 0);
}

async function outcomesOn(backendName: 'torch' | 'cpu', compute: () => tf.Tensor[]): Promise<Outcome[]> {
  await tf.setBackend(backendName);
  const before = held();
  const results = tf.tidy(compute);
  const outcomes = results.map((result) => ({
    shape: result.shape,
    dtype: result.dtype,
    data: result.dataSync<'float32' | 'string'>(),
  }));
  tf.dispose(results);
  const leaked = held() - before;
  if (leaked !== 0) throw new Error(`${leaked} tensors leaked on ${backendName}`);
  return outcomes;
}

/**
 * Asserts that a computation gives the same on the torch back end as on the CPU back end. The torch back end must have
 * been loaded, and is the current one afterwards.
 *
 * @param tolerance largest difference, relative to the largest magnitude of the expected values or to 1.
 */
export async function sameAsCpu(
  t: ExecutionContext,
  label: string,
  compute: () => tf.Tensor[],
  tolerance = 1e-5,
): Promise<void> {
  const expected = await outcomesOn('cpu', compute);
  const actual = await outcomesOn('torch', compute);
  expected.forEach(({ shape, dtype, data }, i) => {
    t.deepEqual(actual[i].shape, shape, `${label}: shape of result ${i}`);
    t.is(actual[i].dtype, dtype, `${label}: type of result ${i}`);
    const values = Array.from(data);
    const sizes = values.map((value) => Math.abs(Number(value))).filter(Number.isFinite);
    const largest = sizes.reduce((most, size) => Math.max(most, size), 1);
    const wrong = values.findIndex((value, j) => !isClose(actual[i].data[j], value, tolerance * largest));
    t.is(wrong, -1, `${label}: result ${i}[${wrong}] is ${actual[i].data[wrong]}, not ${values[wrong]}`);
  });
}

const isClose = (actual: number | string, expected: number | string, tolerance: number): boolean =>
  Object.is(actual, expected) || Math.abs(Number(actual) - Number(expected)) <= tolerance;
