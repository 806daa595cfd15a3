import * as tf from '@tensorflow/tfjs';
import type { ExecutionContext } from 'ava';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Whether `|found − expected| ≤ absolute + relative·|expected|` everywhere, with the first miss in the message. */
export function close(
  t: ExecutionContext,
  found: tf.Tensor | ArrayLike<number>,
  expected: tf.Tensor | ArrayLike<number>,
  { relative = 1e-5, absolute = 1e-6, what = 'value' } = {},
): void {
  const numbers = (x: tf.Tensor | ArrayLike<number>) => Array.from(x instanceof tf.Tensor ? x.dataSync() : x);
  const [a, b] = [numbers(found), numbers(expected)];
  t.is(a.length, b.length, `${what}: ${a.length} numbers against ${b.length}`);
  const miss = a.findIndex((value, i) => !(Math.abs(value - b[i]) <= absolute + relative * Math.abs(b[i])));
  t.is(miss, -1, `${what}[${miss}]: ${a[miss]} against ${b[miss]}`);
}

/** Reproducible values in about [−1.5, 1.5], none of them near 0. */
export function values(shape: number[], seed = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const data = Float32Array.from({ length: size }, (_, i) => {
    const x = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 1.4;
    return x + 0.1 * Math.sign(x);
  });
  return tf.tensor(data, shape);
}

/**
 * Checks the gradient of Σ w∘op(inputs), w fixed and uneven, against central finite differences and against TensorFlow.js
 * differentiating `plain`.
 */
export function checkGradients(t: ExecutionContext, op: Op, plain: Op, inputs: tf.Tensor[]): void {
  const reference = plain(...inputs);
  close(t, op(...inputs), reference, { relative: 1e-5, absolute: 2e-6, what: 'forward' });
  t.deepEqual(op(...inputs).shape, reference.shape);

  const w = values(reference.shape, 7);
  const found = tf.grads((...xs) => tf.sum(tf.mul(op(...xs), w)))(inputs);
  const expected = tf.grads((...xs) => tf.sum(tf.mul(plain(...xs), w)))(inputs);
  const weights = w.dataSync();
  inputs.forEach((input, index) => {
    const what = `gradient ${index}`;
    close(t, found[index], expected[index], { relative: 1e-4, absolute: 1e-5, what });
    close(t, found[index], differences(input, index), {
      relative: 1e-2,
      absolute: 2e-3,
      what: `${what} (differences)`,
    });
  });

  function differences(input: tf.Tensor, index: number): number[] {
    const h = 5e-3;
    const data = input.dataSync();
    const at = (position: number, step: number) =>
      tf.tidy(() => {
        const moved = data.slice();
        moved[position] += step;
        const xs = inputs.map((x, i) => (i === index ? tf.tensor(moved, x.shape) : x));
        // Summed in double precision, which leaves the steps' difference its digits.
        return Array.from(op(...xs).dataSync()).reduce((sum, y, i) => sum + y * weights[i], 0);
      });
    return Array.from(data, (_, position) => (at(position, h) - at(position, -h)) / (2 * h));
  }
}
