import type { TensorInfo } from '@tensorflow/tfjs';
import { float32Array } from '../runtime/arrays.js';
import { defineKernel, type KernelDefinition } from '../runtime/kernel.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';

function holdsNan(values: Float32Array): boolean {
  for (const value of values) if (Number.isNaN(value)) return true;
  return false;
}

/** Stock gives the first argument where the comparison fails, which loses a NaN of the second. */
const extremum = (name: 'Maximum' | 'Minimum'): KernelDefinition =>
  defineKernel(name, (stock) => (args) => {
    const { inputs, backend } = args;
    const { a, b } = inputs;
    const out = stock(args);
    if (out.dtype !== 'float32' || !holdsNan(float32Array(backend, b))) return out;
    const swapped = stock({ ...args, inputs: { a: b, b: a } });
    copyNan(backend, swapped, out);
    backend.disposeData(swapped.dataId);
    return out;
  });

/** Writes NaN to `out` wherever `from` has one. Both have the same shape. */
function copyNan(backend: WasmRuntime, from: TensorInfo, out: TensorInfo): void {
  const [source, target] = [from, out].map((info) => float32Array(backend, info));
  for (let i = 0; i < source.length; i++) if (Number.isNaN(source[i])) target[i] = Number.NaN;
}

/** Stock turns NaN into 0. */
const relu6Kernel = defineKernel('Relu6', (stock) => (args) => {
  const out = stock(args);
  if (out.dtype === 'float32') copyNan(args.backend, args.inputs.x, out);
  return out;
});

/** Kernels that give the bits of the stock ones, but keep NaN: a run that has diverged must not look healthy. */
export const NAN_KERNELS: readonly KernelDefinition[] = [
  extremum('Maximum'),
  extremum('Minimum'),
  relu6Kernel,
];
