import { util } from '@tensorflow/tfjs';
import { float32Array } from '../runtime/arrays.js';
import { defineKernel, type KernelDefinition } from '../runtime/kernel.js';
import { addressOf } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';

const vectorised = (name: string, simd: 'exp' | 'erf' | 'tanh'): KernelDefinition =>
  defineKernel(name, (stock) => (args) => {
    const { inputs, backend } = args;
    const { x } = inputs;
    if (x.dtype !== 'float32') return stock(args);
    const out = backend.makeOutput(x.shape, 'float32');
    simdFunctions(backend)[simd](addressOf(backend, x), addressOf(backend, out), util.sizeFromShape(x.shape));
    return out;
  });

/** Stock calls the scalar functions of the C library. */
export const MATH_KERNELS: readonly KernelDefinition[] = [
  vectorised('Exp', 'exp'),
  vectorised('Erf', 'erf'),
  vectorised('Tanh', 'tanh'),
];

/** Stock turns NaN into the lower bound. */
export const clipByValueKernel = defineKernel<{
  readonly clipValueMin: number;
  readonly clipValueMax: number;
}>('ClipByValue', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const { x } = inputs;
  if (x.dtype !== 'float32') return stock(args);
  const out = backend.makeOutput(x.shape, 'float32');
  const [values, clipped] = [x, out].map((info) => float32Array(backend, info));
  const { clipValueMin: low, clipValueMax: high } = attrs;
  // Unlike comparisons, these keep NaN.
  for (let i = 0; i < values.length; i++) clipped[i] = Math.min(Math.max(values[i], low), high);
  return out;
});
