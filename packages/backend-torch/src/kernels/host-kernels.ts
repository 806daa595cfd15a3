import { type HostInputs, runOnHost } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/**
 * Kernels that no model, loss or plugin uses, and that the CPU back end computes on copies. The conformance test
 * compares this list with what is registered.
 */
export const HOST_KERNELS: readonly string[] = [
  'Draw',
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'SparseFillEmptyRows',
  'SparseReshape',
  'SparseSegmentMean',
  'SparseSegmentSum',
  'StaticRegexReplace',
  'StringNGrams',
  'StringSplit',
  'StringToHashBucketFast',
  'Unique',
];

/** A kernel of the CPU back end on copies of the inputs. */
export const hostKernel = (kernelName: string): tf.KernelConfig => ({
  kernelName,
  backendName: 'torch',
  kernelFunc: ({ inputs, attrs, backend }) =>
    runOnHost(backend as tf.KernelBackend, kernelName, inputs as HostInputs, attrs ?? {}),
});
