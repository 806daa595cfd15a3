import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { WasmRuntime } from './runtime/wasm-runtime.js';
import { wasmBackend } from './wasm-backend.js';

test.serial('loads from any directory, as often as wanted', async (t) => {
  const directory = process.cwd();
  process.chdir('/');
  try {
    const backend = wasmBackend();
    t.deepEqual(await backend.probe(), { available: true, reason: '' });
    const info = await backend.load();
    const kernel = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
    t.deepEqual(await backend.load(), info);
    t.is(tf.getKernel('BatchMatMul', 'wasm').kernelFunc, kernel, 'a second load replaces nothing');
    t.deepEqual(info, {
      name: 'wasm',
      build: 'tfjs-backend-wasm 4.22.0 simd',
      threads: 1,
      device: 'cpu',
      precision: 'float32',
    });
    t.is(tf.getBackend(), 'wasm');
  } finally {
    process.chdir(directory);
  }
});

test.serial(
  'a tensor that does not fit throws KDX_BACKEND_MEMORY and leaves the back end usable',
  async (t) => {
    await wasmBackend().load();
    // Straight to the back end: an array this large in JavaScript would be out of memory itself.
    const runtime = tf.backend() as WasmRuntime;
    const error = t.throws(() => runtime.makeOutput([1100, 1024, 1024], 'float32'), { instanceOf: KdxError });
    t.is(error.code, 'KDX_BACKEND_MEMORY');
    t.regex(
      error.message,
      /use a smaller --batch \(with --set accumulate=2 .*\), a smaller model, or --backend torch\./,
    );
    t.deepEqual([...tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync())], [2, 3]);
  },
);

test.serial('a back end made anew after a reset works, guard included', async (t) => {
  await wasmBackend().load();
  tf.engine().reset();
  await tf.setBackend('wasm');
  t.deepEqual([...tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync())], [11]);
  const error = t.throws(() => (tf.backend() as WasmRuntime).makeOutput([1100, 1024, 1024], 'float32'));
  t.true(error instanceof KdxError);
});
