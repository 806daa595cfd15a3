import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { WasmRuntime } from './wasm-runtime.js';

/** Inputs by name; optional ones are undefined. */
export type Inputs = Readonly<Record<string, TensorInfo>>;

/** What the engine hands a kernel. */
export interface KernelArgs<Attrs = object> {
  readonly inputs: Inputs;
  readonly backend: WasmRuntime;
  readonly attrs: Attrs;
}

/** One kernel of this package. */
export interface KernelDefinition {
  readonly name: string;
  /** @param stock the kernel of `@tensorflow/tfjs-backend-wasm`, for cases left to it; absent where it has none. */
  readonly make: (stock: StockKernel) => (args: KernelArgs) => TensorInfo | TensorInfo[];
}

/** The kernel that a definition replaces. */
export type StockKernel = (args: KernelArgs) => TensorInfo;

/** Defines a kernel with typed attributes. */
export function defineKernel<Attrs = object>(
  name: string,
  make: (stock: StockKernel) => (args: KernelArgs<Attrs>) => TensorInfo | TensorInfo[],
): KernelDefinition {
  return { name, make: make as KernelDefinition['make'] };
}

/**
 * Runs another kernel that is registered for this back end.
 *
 * @throws Error when no kernel has that name, which is a mistake in this package.
 */
export function callKernel(
  backend: WasmRuntime,
  name: string,
  inputs: Inputs,
  attrs: object = {},
): TensorInfo {
  const config = tf.getKernel(name, 'wasm');
  if (config == null) throw new Error(`no kernel '${name}' for back end 'wasm'`);
  const run = config.kernelFunc as unknown as StockKernel;
  return run({ inputs, backend, attrs });
}

/** A kernel as the registry types it. */
export const asKernelFunc = (
  kernel: KernelDefinition['make'] extends (s: never) => infer F ? F : never,
): KernelFunc => kernel as unknown as KernelFunc;
