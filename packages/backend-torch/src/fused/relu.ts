import { RELU_GRAD } from '@kdx/core';
import type { TensorInfo } from '@tensorflow/tfjs';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import { sameType } from '../runtime/operand.js';

export const RELU_KERNELS: readonly KernelDefinition[] = [
  kernel<{ dy: TensorInfo; y: TensorInfo }>(RELU_GRAD, ({ dy, y }, _, scope) => [
    scope.call('threshold_backward', ...sameType(scope, scope.of(dy), scope.of(y)), 0),
  ]),
];
