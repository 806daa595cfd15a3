import type { KernelDefinition } from '../runtime/kernel.js';
import { TRAINING_KERNELS } from '../training/index.js';
import { batchMatMulKernel } from './batch-mat-mul.js';
import { bincountKernel } from './bincount.js';
import { BROADCAST_KERNELS } from './broadcast-arithmetic.js';
import { conv2dBackpropFilterKernel, conv2dBackpropInputKernel, conv2dKernel } from './conv2d.js';
import {
  depthwiseBackpropFilterKernel,
  depthwiseBackpropInputKernel,
  depthwiseConv2dKernel,
} from './depthwise-conv2d.js';
import { einsumKernel } from './einsum.js';
import { clipByValueKernel, MATH_KERNELS } from './elementwise.js';
import { fusedConv2dKernel, fusedDepthwiseConv2dKernel, fusedMatMulKernel } from './fused.js';
import { HOST_KERNELS } from './host-kernels.js';
import { castKernel, identityKernel } from './identity.js';
import { NAN_KERNELS } from './keep-nan.js';
import { POOL_KERNELS } from './pool.js';
import { avgPoolGradKernel, maxPoolGradKernel } from './pool-gradients.js';
import { preluKernel } from './prelu.js';
import { meanKernel, sumKernel } from './reductions.js';
import { sliceKernel, splitKernel } from './slice.js';
import { tileKernel } from './tile.js';
import { unsortedSegmentSumKernel } from './unsorted-segment-sum.js';

/** Everything this package registers. */
export const KERNELS: readonly KernelDefinition[] = [
  avgPoolGradKernel,
  batchMatMulKernel,
  bincountKernel,
  castKernel,
  clipByValueKernel,
  conv2dBackpropFilterKernel,
  conv2dBackpropInputKernel,
  conv2dKernel,
  depthwiseBackpropFilterKernel,
  depthwiseBackpropInputKernel,
  depthwiseConv2dKernel,
  einsumKernel,
  fusedConv2dKernel,
  fusedDepthwiseConv2dKernel,
  fusedMatMulKernel,
  identityKernel,
  maxPoolGradKernel,
  meanKernel,
  preluKernel,
  sliceKernel,
  splitKernel,
  sumKernel,
  tileKernel,
  unsortedSegmentSumKernel,
  ...BROADCAST_KERNELS,
  ...HOST_KERNELS,
  ...MATH_KERNELS,
  ...NAN_KERNELS,
  ...POOL_KERNELS,
  ...TRAINING_KERNELS,
];
