import type { TensorInfo } from '@tensorflow/tfjs';
import { product, productGradWeight } from '../kernels/product.js';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelDefinition, KernelScope } from '../runtime/kernel.js';
import { operand, weightOperand } from '../runtime/operand.js';
import { fusedKernel } from './fused-kernel.js';

/** `[..., C]` as `[rows, C]`. */
const matrix = (scope: KernelScope, tensor: Handle, { shape }: TensorInfo): Handle =>
  scope.call('reshape', tensor, [-1, shape[shape.length - 1] as number]);

/** A weight `[in, out]`, with the inputs of an output next to each other in memory. */
const WEIGHT_ORDER = [1, 0];

export const LINEAR_KERNELS: readonly KernelDefinition[] = [
  fusedKernel('KdxLinear', ({ x, weight, bias }, _, scope) => {
    const rows = matrix(scope, operand(scope, x), x);
    const y = product(scope, rows, weightOperand(scope, weight, WEIGHT_ORDER), bias && operand(scope, bias));
    return [scope.call('reshape', y, [...x.shape.slice(0, -1), weight.shape[1] as number])];
  }),

  fusedKernel('KdxLinearGradInput', ({ dy, weight }, _, scope) => {
    const transposed = scope.call('t', operand(scope, weight));
    const dx = product(scope, matrix(scope, operand(scope, dy), dy), transposed);
    return [scope.call('reshape', dx, [...dy.shape.slice(0, -1), weight.shape[0] as number])];
  }),

  fusedKernel('KdxLinearGradWeight', ({ x, dy }, _, scope) => {
    const [rows, gradients] = [x, dy].map((input) => matrix(scope, operand(scope, input), input)) as [
      Handle,
      Handle,
    ];
    // What is added to it, of other batches and other uses of the weight, may be too small for bf16.
    return [scope.to(productGradWeight(scope, rows, gradients), 'float32')];
  }),
];
