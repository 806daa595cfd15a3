import type { KernelDefinition } from '../runtime/kernel.js';
import { ACTIVATION_KERNELS } from './activations.js';
import { ATTENTION_KERNELS } from './attention.js';
import { FROZEN_CONV_KERNELS } from './frozen-conv.js';
import { LINEAR_KERNELS } from './linear.js';
import { LOSS_KERNELS } from './losses.js';
import { NORM_KERNELS } from './norms.js';
import { RELU_KERNELS } from './relu.js';
import { UPDATE_KERNELS } from './updates.js';

/** nn's fused ops in libtorch. */
export const FUSED_KERNELS: readonly KernelDefinition[] = [
  ...ACTIVATION_KERNELS,
  ...ATTENTION_KERNELS,
  ...FROZEN_CONV_KERNELS,
  ...LINEAR_KERNELS,
  ...LOSS_KERNELS,
  ...NORM_KERNELS,
  ...RELU_KERNELS,
  ...UPDATE_KERNELS,
];
