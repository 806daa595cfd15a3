import * as tf from '@tensorflow/tfjs';
import { KERNELS } from '../kernels/index.js';
import { asKernelFunc, type KernelDefinition, type StockKernel } from '../runtime/kernel.js';
import { guardMemory } from '../runtime/memory.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';

// Shared by all copies of this package in a process, as the registry of kernels is.
const INSTALLED = Symbol.for('kdx.backend-wasm.installed');
const registryState = globalThis as { [INSTALLED]?: boolean };

const absent =
  (name: string): StockKernel =>
  () => {
    throw new Error(`the stock wasm back end has no kernel '${name}'`);
  };

function install({ name, make }: KernelDefinition): void {
  const stock = tf.getKernel(name, 'wasm');
  const kernelFunc = asKernelFunc(make((stock?.kernelFunc as unknown as StockKernel) ?? absent(name)));
  if (stock != null) tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc,
    // The stock kernel stays in use for some cases, and binds its compiled function in its set-up.
    setupFunc: (backend) => {
      guardMemory(backend as WasmRuntime);
      stock?.setupFunc?.(backend);
    },
    disposeFunc: stock?.disposeFunc,
  });
}

/**
 * Registers the kernels of this package for back end `wasm`, over the stock ones. Idempotent.
 *
 * Call it after `@tensorflow/tfjs-backend-wasm` was imported.
 */
export function installKernels(): void {
  if (registryState[INSTALLED] === true) return;
  registryState[INSTALLED] = true;
  for (const kernel of KERNELS) install(kernel);
  // A back end that runs already has done its set-up.
  const { registry } = tf.engine();
  if ('wasm' in registry) guardMemory(registry.wasm as unknown as WasmRuntime);
}
