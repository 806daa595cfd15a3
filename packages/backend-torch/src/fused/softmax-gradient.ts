import type { Handle } from '../libtorch/bridge.js';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import type { KernelScope } from '../runtime/kernel.js';

/** The gradient, over the last axis and in float32, of a softmax or log-softmax whose value is `y`. */
export const softmaxGradient = (
  scope: KernelScope,
  operator: '_softmax_backward_data' | '_log_softmax_backward_data',
  dy: Handle,
  y: Handle,
): Handle => scope.call(operator, scope.to(dy, 'float32'), scope.to(y, 'float32'), -1, SCALAR_TYPE.float32);
