import { FULL_PRECISION, RELU_GRAD } from '@kdx/tensor';
import type { TensorInfo } from '@tensorflow/tfjs';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import { sameType } from '../runtime/operand.js';
import { fusedKernel } from './fused-kernel.js';

export const RELU_KERNELS: readonly KernelDefinition[] = [
  kernel<{ x: TensorInfo }>(FULL_PRECISION, ({ x }, _, scope) => [scope.to(scope.of(x), 'float32')]),

  kernel<{ dy: TensorInfo; y: TensorInfo }>(RELU_GRAD, ({ dy, y }, _, scope) => [
    scope.call('threshold_backward', ...sameType(scope, scope.of(dy), scope.of(y)), 0),
  ]),

  fusedKernel('KdxReluOver', ({ x }, _, scope) => [
    scope.call(scope.backend.isOnlyUser(x) ? 'relu_' : 'relu', scope.of(x)),
  ]),

  fusedKernel('KdxAddOver', ({ x, y }, _, scope) => {
    const fits = scope.backend.stored(x.dataId).type === scope.backend.stored(y.dataId).type;
    const isOver = fits && scope.backend.isOnlyUser(x);
    return [scope.call(isOver ? 'add_.Tensor' : 'add.Tensor', scope.of(x), scope.of(y))];
  }),
];
