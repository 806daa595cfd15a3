import type { KernelDefinition } from '../runtime/kernel.js';
import { adamUpdateKernel, sgdUpdateKernel } from './optimizer-updates.js';
import { transposeKernel } from './transpose.js';

/** What makes a training step fast: fused kernels of `@kdx/nn` and `@kdx/core`, and stock ones that were slow. */
export const TRAINING_KERNELS: readonly KernelDefinition[] = [
  adamUpdateKernel,
  sgdUpdateKernel,
  transposeKernel,
];
