import type { KernelDefinition } from '../runtime/kernel.js';
import { attentionGradKernel, attentionKernel } from './attention.js';
import { batchNormGradKernel, batchNormKernel, fusedBatchNormKernel } from './batch-norm.js';
import { dropoutMaskKernel } from './dropout-mask.js';
import { geluGradKernel, geluKernel } from './gelu.js';
import { layerNormGradKernel, layerNormKernel } from './layer-norm.js';
import { linearGradInputKernel, linearGradWeightKernel, linearKernel } from './linear.js';
import {
  crossEntropyGradKernel,
  crossEntropyKernel,
  klDivergenceGradKernel,
  klDivergenceKernel,
} from './losses.js';
import { adamUpdateKernel, sgdUpdateKernel } from './optimizer-updates.js';
import { logSoftmaxGradKernel, logSoftmaxKernel, softmaxGradKernel } from './softmax.js';
import { transposeKernel } from './transpose.js';
import { unpackKernel } from './unpack.js';

/** What makes a training step fast: fused kernels of `@kdx/nn` and `@kdx/core`, and stock ones that were slow. */
export const TRAINING_KERNELS: readonly KernelDefinition[] = [
  adamUpdateKernel,
  attentionGradKernel,
  attentionKernel,
  batchNormGradKernel,
  batchNormKernel,
  crossEntropyGradKernel,
  crossEntropyKernel,
  dropoutMaskKernel,
  fusedBatchNormKernel,
  geluGradKernel,
  geluKernel,
  klDivergenceGradKernel,
  klDivergenceKernel,
  layerNormGradKernel,
  layerNormKernel,
  linearGradInputKernel,
  linearGradWeightKernel,
  linearKernel,
  logSoftmaxGradKernel,
  logSoftmaxKernel,
  sgdUpdateKernel,
  softmaxGradKernel,
  transposeKernel,
  unpackKernel,
];
