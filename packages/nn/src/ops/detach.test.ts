import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { close } from '../testing/gradients.js';
import { detach, withDetach } from './detach.js';

for (const backend of ['cpu', 'wasm']) {
  test.serial(`detach cuts the gradient exactly (${backend})`, async (t) => {
    t.true(await tf.setBackend(backend));
    const x = tf.tensor1d([1, 2]);
    // d/dx of x·stop(x²) is stop(x²).
    close(t, tf.grad((v) => v.mul(detach(v.square())).sum())(x), [1, 4]);

    const [a, b] = [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(3))];
    const { grads } = tf.variableGrads(() => a.mul(detach(b.square())).asScalar(), [a, b]);
    close(t, grads[a.name], [9]);
    t.falsy(grads[b.name]);
    for (const tensor of [x, a, b, ...Object.values(grads)]) tensor?.dispose();
  });

  test.serial(`detach neither leaks nor frees too early (${backend})`, async (t) => {
    t.true(await tf.setBackend(backend));
    const before = tf.memory();
    const source = tf.tensor1d([1, 2, 3]);
    const first = detach(source);
    source.dispose();
    close(t, first, [1, 2, 3]);

    const second = tf.tidy(() => detach(first));
    const third = tf.tidy(() => detach(detach(first)));
    first.dispose();
    close(t, second.add(0), [1, 2, 3]);
    second.dispose();
    close(t, third, [1, 2, 3]);
    third.dispose();
    tf.tidy(() => {
      const inner = tf.tensor1d([4]);
      detach(inner).dispose();
      close(t, inner, [4]);
    });
    tf.disposeVariables();
    const after = tf.memory();
    // One result of `add` above is deliberately left.
    t.deepEqual([after.numTensors - before.numTensors, after.numDataBuffers - before.numDataBuffers], [1, 1]);
  });
}

test('what stands in for detach is what the caller gets, without a gradient, until the run ends', async (t) => {
  await tf.setBackend('cpu');
  const x = tf.tensor1d([1, 2]);
  const held = tf.tensor1d([10, 20]);
  const seen: number[][] = [];
  const loss = (v: tf.Tensor) => v.mul(detach(v.square())).sum();
  withDetach(
    (input) => {
      seen.push([...input.dataSync()]);
      return held;
    },
    () => close(t, tf.grad(loss)(x), [10, 20]),
  );
  t.deepEqual(seen, [[1, 4]]);
  t.throws(() =>
    withDetach(
      () => held,
      () => {
        throw new Error('inside');
      },
    ),
  );
  close(t, tf.grad(loss)(x), [1, 4]);
});
