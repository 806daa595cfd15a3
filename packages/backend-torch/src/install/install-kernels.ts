import * as tf from '@tensorflow/tfjs';
import { FUSED_KERNELS } from '../fused/index.js';
import { HOST_KERNELS, hostKernel } from '../kernels/host-kernels.js';
import { identity } from '../kernels/identity.js';
import { TORCH_KERNELS } from '../kernels/index.js';
import { register } from '../runtime/kernel.js';

/** Registers every kernel of this package for the back end `torch`. Idempotent. */
export function installKernels(): void {
  if (tf.getKernel('Identity', 'torch')) return;
  tf.registerKernel(identity);
  for (const kernel of [...TORCH_KERNELS, ...FUSED_KERNELS]) register(kernel);
  for (const name of HOST_KERNELS) tf.registerKernel(hostKernel(name));
}
