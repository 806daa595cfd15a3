import type { backend_util } from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelScope } from '../runtime/kernel.js';

/** What the fused kernels of TensorFlow.js end with. */
export interface ActivationAttributes {
  readonly activation: backend_util.Activation;
  readonly leakyreluAlpha?: number;
}

/**
 * Applies an activation to a tensor that this scope made and nobody else sees, where it can in the tensor's own memory.
 * @param alpha the slopes of `prelu`, of a shape that broadcasts to x
 */
export function activate(
  scope: KernelScope,
  x: Handle,
  { activation, leakyreluAlpha = 0.2 }: ActivationAttributes,
  alpha?: Handle,
): Handle {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return scope.call('relu_', x);
    case 'relu6':
      return scope.call('clamp_', x, 0, 6);
    case 'elu':
      return scope.call('elu_', x);
    case 'sigmoid':
      return scope.call('sigmoid_', x);
    case 'leakyrelu':
      return scope.call('leaky_relu_', x, leakyreluAlpha);
    case 'prelu': {
      const negative = scope.call('mul.Tensor', scope.call('clamp_max', x, 0), alpha as Handle);
      return scope.call('add_.Tensor', scope.call('clamp_min_', x, 0), negative);
    }
  }
}
