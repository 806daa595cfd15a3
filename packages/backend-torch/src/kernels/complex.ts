import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import { exact } from './exact.js';
import type { Inputs } from './inputs.js';

/** Kernels of complex numbers, which libtorch has as a type of its own. */
export const COMPLEX_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs<'real' | 'imag'>>('Complex', ({ real, imag }, _, scope) =>
    scope.call('complex', exact(scope, real), exact(scope, imag)),
  ),

  kernel<Inputs<'input'>>('Real', ({ input }, _, scope) => scope.call('real', scope.of(input))),
  kernel<Inputs<'input'>>('Imag', ({ input }, _, scope) => scope.call('imag', scope.of(input))),
  kernel<Inputs<'x'>>('ComplexAbs', ({ x }, _, scope) => scope.call('abs', scope.of(x))),
  kernel<Inputs<'input'>>('FFT', ({ input }, _, scope) => scope.call('fft_fft', scope.of(input))),
  kernel<Inputs<'input'>>('IFFT', ({ input }, _, scope) => scope.call('fft_ifft', scope.of(input))),
];
