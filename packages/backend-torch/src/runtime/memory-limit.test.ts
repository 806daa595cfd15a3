import { KdxError, Optimizer, type Parameter, sgd, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { held, random } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';
import { torchBackend } from '../torch-backend.js';
import type { TorchKernelBackend } from './torch-kernel-backend.js';

const ROOM = 16 * 2 ** 20;

/** Runs with so little memory left that a tensor of 32 MiB has no place. */
async function withLittleMemory(run: () => void): Promise<void> {
  const { live } = (tf.backend() as TorchKernelBackend).bridge.memory();
  process.env.KDX_TORCH_MEMORY = String(live + ROOM);
  await torchBackend().load({ threads: 1 });
  try {
    run();
  } finally {
    delete process.env.KDX_TORCH_MEMORY;
    await torchBackend().load({ threads: 1 });
  }
}

const outOfMemory = {
  instanceOf: KdxError,
  code: 'KDX_TORCH_OUT_OF_MEMORY',
  message: /ran out of memory: asked for \d+ MiB, .* at most \d+; take a smaller --batch or a smaller model/,
};

torchTest('a kernel that has no memory says so, leaves nothing behind and can be called again', async (t) => {
  const [x, y] = [random([4096, 1]), random([1, 2048], 2)];
  const before = held();
  const product = () => tf.tidy(() => tf.sum(tf.matMul(x, y)).dataSync()[0]);
  const expected = product();
  await withLittleMemory(() => {
    t.throws(product, outOfMemory);
    t.is(held(), before);
    t.deepEqual(Array.from(tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync())), [2, 3]);
  });
  t.is(product(), expected);
  tf.dispose([x, y]);
});

torchTest('values on their way from and to the host that have no place are the same error', async (t) => {
  const strided = tf.tidy(() => tf.transpose(tf.fill([4096, 2048], 1)));
  const before = held();
  await withLittleMemory(() => {
    t.throws(() => tf.zeros([4096, 2048]), outOfMemory);
    t.throws(() => tf.tensor1d(new Float32Array(2 ** 23)), outOfMemory);
    // They are put in order before they are copied.
    t.throws(() => strided.dataSync(), outOfMemory);
  });
  t.is(held(), before);
  strided.dispose();
});

torchTest('a training step that fails for memory changes no weight, and the next one learns', async (t) => {
  const variable = tf.tidy(() => tf.variable(random([2, 2])));
  const parameter: Parameter = { name: 'weight', variable, decay: false, layout: 'same' };
  const optimizer = new Optimizer(sgd({ momentum: 0.9 }));
  const step = (rows: number) =>
    tf.tidy(() => {
      const x = tf.fill([rows, 2], 1);
      const { gradients } = valueAndGradients(
        () => tf.sum(tf.square(tf.matMul(x as tf.Tensor2D, variable as tf.Tensor2D))) as tf.Scalar,
        [variable],
      );
      optimizer.apply([{ parameter, gradient: gradients[0] as tf.Tensor }], 0.01);
    });
  step(4);
  const [before, weights] = [held(), Array.from(variable.dataSync())];
  await withLittleMemory(() => {
    t.throws(() => step(2 ** 20), outOfMemory);
    t.is(held(), before);
    t.deepEqual(Array.from(variable.dataSync()), weights);
    step(4);
    t.notDeepEqual(Array.from(variable.dataSync()), weights);
  });
  optimizer.dispose();
  variable.dispose();
});

torchTest('a limit that is no number of bytes is refused', async (t) => {
  for (const value of ['8GB', '-1', '0', 'Infinity']) {
    process.env.KDX_TORCH_MEMORY = value;
    await t.throwsAsync(torchBackend().load(), {
      instanceOf: KdxError,
      code: 'KDX_BACKEND_SETTING',
      message: `KDX_TORCH_MEMORY takes a number of bytes and got "${value}".`,
    });
  }
  delete process.env.KDX_TORCH_MEMORY;
});
