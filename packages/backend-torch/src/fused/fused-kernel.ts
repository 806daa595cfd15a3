import type { KdxKernels } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { type KernelDefinition, type KernelResult, type KernelScope, kernel } from '../runtime/kernel.js';

/** Inputs as a kernel sees them: tensors of the back end, not of the engine. */
type Infos<Inputs> = {
  readonly [Name in keyof Inputs]: Inputs[Name] extends tf.Tensor ? tf.TensorInfo : tf.TensorInfo | undefined;
};

/** Declares one of nn's fused kernels; see the contracts in `@kdx/nn`'s `KdxKernels`. Results always come as a list. */
export const fusedKernel = <Name extends keyof KdxKernels>(
  name: Name,
  run: (
    inputs: Infos<KdxKernels[Name]['inputs']>,
    attrs: KdxKernels[Name]['attributes'],
    scope: KernelScope,
  ) => readonly KernelResult[],
): KernelDefinition => kernel<Infos<KdxKernels[Name]['inputs']>, KdxKernels[Name]['attributes']>(name, run);
