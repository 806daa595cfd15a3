import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { TorchKernelBackend } from '../runtime/torch-kernel-backend.js';

/** The kernel that copies nothing: a second reference to the same data id. */
export const identity: tf.KernelConfig = {
  kernelName: 'Identity',
  backendName: 'torch',
  kernelFunc: ({ inputs, backend }) => {
    const { dataId, shape, dtype } = inputs.x as TensorInfo;
    (backend as TorchKernelBackend).incRef(dataId);
    return { dataId, shape, dtype };
  },
};
