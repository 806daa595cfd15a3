import { SCALAR_TYPE } from '../runtime/element-types.js';
import type { KernelDefinition } from '../runtime/kernel.js';
import { sameType } from '../runtime/operand.js';
import { fusedKernel } from './fused-kernel.js';
import { softmaxGradient } from './softmax-gradient.js';

export const ACTIVATION_KERNELS: readonly KernelDefinition[] = [
  fusedKernel('KdxGelu', ({ x }, _, scope) => [scope.call('gelu', scope.of(x))]),

  fusedKernel('KdxGeluGrad', ({ dy, x }, _, scope) => {
    const [gradient, input] = sameType(scope, scope.of(dy), scope.of(x));
    return [scope.call('gelu_backward', gradient, input)];
  }),

  fusedKernel('KdxSoftmaxGrad', ({ dy, y }, _, scope) => [
    softmaxGradient(scope, '_softmax_backward_data', scope.of(dy), scope.of(y)),
  ]),

  fusedKernel('KdxLogSoftmax', ({ x }, _, scope) => [
    scope.call('_log_softmax', scope.to(scope.of(x), 'float32'), -1, false),
  ]),

  fusedKernel('KdxLogSoftmaxGrad', ({ dy, y }, _, scope) => [
    softmaxGradient(scope, '_log_softmax_backward_data', scope.of(dy), scope.of(y)),
  ]),

  fusedKernel('KdxDropoutMask', (_, { shape, rate, seed }, scope) => {
    scope.backend.bridge.seed(seed);
    const draws = scope.call('rand', shape, SCALAR_TYPE.float32, undefined, scope.backend.deviceName);
    const kept = scope.call('ge.Scalar', draws, rate);
    return [scope.call('mul.Scalar', scope.to(kept, 'float32'), 1 / (1 - rate))];
  }),
];
