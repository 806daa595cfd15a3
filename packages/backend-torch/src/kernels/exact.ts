import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelScope } from '../runtime/kernel.js';

/** An input in the type that TensorFlow.js has it in: a sum of many bf16 numbers must not be kept in bf16. */
export const exact = (scope: KernelScope, input: TensorInfo): Handle =>
  scope.to(scope.of(input), input.dtype as 'float32');

/** The type of sums and products: truth values are counted. */
export const summedType = (dtype: DataType): DataType => (dtype === 'bool' ? 'int32' : dtype);
