import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle, ScalarType } from '../libtorch/bridge.js';
import { SCALAR_TYPE } from './element-types.js';
import type { KernelScope } from './kernel.js';

/**
 * An input of a matrix product or convolution: in bf16 where the back end computes in it, float32 else. What was
 * rounded is kept with the tensor, since a weight or a gradient meets more than one product.
 */
export function operand(scope: KernelScope, input: TensorInfo): Handle {
  const { backend } = scope;
  const stored = backend.stored(input.dataId);
  const wanted = backend.bf16 && stored.dtype === 'float32' ? 'bf16' : stored.dtype;
  if (stored.type === wanted) return stored.handle;
  if (wanted !== 'bf16') return scope.to(stored.handle, wanted as ScalarType);
  const round = () => [backend.operators.call('to.dtype', stored.handle, SCALAR_TYPE.bf16) as Handle];
  return backend.derive('bf16', [input], round)[0] as Handle;
}

/** A result that only products read next: rounded to bf16 where the back end computes in it. */
export const activation = (scope: KernelScope, tensor: Handle): Handle =>
  scope.backend.bf16 ? scope.to(tensor, 'bf16') : tensor;

/** A gradient in the type of the tensor that it is the gradient of, and that tensor. */
export function sameType(scope: KernelScope, gradient: Handle, of: Handle): [gradient: Handle, of: Handle] {
  return [scope.to(gradient, scope.backend.typeOf(of)), of];
}

/**
 * A parameter as an operand, its memory in the order in which the operator reads it: `order` lists the axes from the
 * outermost inwards. It stays so, and its gradient comes so, until something assigns to it; nothing else can tell.
 */
export function weightOperand(scope: KernelScope, weight: TensorInfo, order: readonly number[]): Handle {
  scope.backend.reorder(weight, order);
  return operand(scope, weight);
}
