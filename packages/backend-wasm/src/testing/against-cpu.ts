import * as tf from '@tensorflow/tfjs';
import type { ExecutionContext } from 'ava';
import { wasmBackend } from '../wasm-backend.js';

/** Gives values between -1 and 1, the same on every run. */
export function values(size: number, seed = 1): Float32Array {
  let state = seed * 2654435761;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** A tensor of {@link values}. */
export const random = <R extends tf.Rank = tf.Rank>(shape: number[], seed = 1): tf.Tensor<R> =>
  tf.tensor(values(tf.util.sizeFromShape(shape), seed), shape as [number]) as tf.Tensor as tf.Tensor<R>;

let last: Promise<unknown> = Promise.resolve();

/** Runs `use` when nobody else does: the current back end is global, and AVA runs a file's tests side by side. */
function exclusively<T>(use: () => Promise<T>): Promise<T> {
  const mine = last.then(use, use);
  last = mine;
  return mine;
}

/** Runs `use` with this package's back end as the current one. */
export const onWasm = <T>(use: () => T): Promise<T> =>
  exclusively(async () => {
    await wasmBackend().load();
    return use();
  });

/** What a computation gave on one back end. */
interface Outcome {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: ArrayLike<number>;
}

async function outcomesOn(backendName: 'wasm' | 'cpu', compute: () => tf.Tensor[]): Promise<Outcome[]> {
  if (backendName === 'wasm') await wasmBackend().load();
  else await tf.setBackend('cpu');
  const before = tf.engine().backend.numDataIds();
  const results = tf.tidy(compute);
  const outcomes = results.map((result) => ({
    shape: result.shape,
    dtype: result.dtype,
    data: result.dataSync(),
  }));
  tf.dispose(results);
  const leaked = tf.engine().backend.numDataIds() - before;
  if (leaked !== 0) throw new Error(`${leaked} tensors leaked on ${backendName}`);
  return outcomes;
}

/**
 * Asserts that a computation gives the same on this package's back end as on the CPU back end.
 *
 * @param tolerance largest difference, relative to the largest magnitude of the expected values or to 1.
 */
export async function sameAsCpu(
  t: ExecutionContext,
  label: string,
  compute: () => tf.Tensor[],
  tolerance = 1e-5,
): Promise<void> {
  const [actual, expected] = await exclusively(async () => [
    await outcomesOn('wasm', compute),
    await outcomesOn('cpu', compute),
  ]);
  expected.forEach(({ shape, dtype, data }, i) => {
    t.deepEqual(actual[i].shape, shape, `${label}: shape of result ${i}`);
    t.is(actual[i].dtype, dtype, `${label}: type of result ${i}`);
    const numbers = Array.from(data);
    const largest = Math.max(1, ...numbers.filter(Number.isFinite).map(Math.abs));
    const wrong = numbers.findIndex((value, j) => !isClose(actual[i].data[j], value, tolerance * largest));
    t.is(wrong, -1, `${label}: result ${i}[${wrong}] is ${actual[i].data[wrong]}, not ${numbers[wrong]}`);
  });
}

const isClose = (actual: number, expected: number, tolerance: number): boolean =>
  Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance;
