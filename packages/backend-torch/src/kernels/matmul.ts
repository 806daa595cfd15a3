import type { _FusedMatMulAttrs, BatchMatMulAttrs, EinsumAttrs, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import { operand } from '../runtime/operand.js';
import { type ActivationAttributes, activate } from './activation.js';

interface Factors {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

interface FusedFactors extends Factors {
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** libtorch has no product of integers on CUDA; in float64 it is exact. */
const factor = (scope: KernelScope, input: TensorInfo): Handle =>
  input.dtype === 'float32' ? operand(scope, input) : scope.to(scope.of(input), 'float64');

function matrix(scope: KernelScope, input: TensorInfo, transposed: boolean): Handle {
  const { shape } = input;
  tf.util.assert(
    shape.length >= 2,
    () => `Error in matMul: expected matrices, but got the shape [${shape}].`,
  );
  const tensor = factor(scope, input);
  return transposed ? scope.call('transpose.int', tensor, -2, -1) : tensor;
}

export const MATMUL_KERNELS: readonly KernelDefinition[] = [
  kernel<Factors, BatchMatMulAttrs>('BatchMatMul', ({ a, b }, { transposeA, transposeB }, scope) => ({
    handle: scope.call('matmul', matrix(scope, a, transposeA), matrix(scope, b, transposeB)),
    dtype: a.dtype,
  })),

  kernel<FusedFactors, _FusedMatMulAttrs & ActivationAttributes>(
    '_FusedMatMul',
    ({ a, b, bias, preluActivationWeights }, attrs, scope) => {
      const [left, right] = [matrix(scope, a, attrs.transposeA), matrix(scope, b, attrs.transposeB)];
      const alpha = preluActivationWeights && operand(scope, preluActivationWeights);
      if (!bias) return activate(scope, scope.call('matmul', left, right), attrs, alpha);
      const isPlain = a.shape.length === 2 && b.shape.length === 2 && bias.shape.length === 1;
      const shift = operand(scope, bias);
      const sum = isPlain
        ? scope.call('addmm', shift, left, right)
        : scope.call('add.Tensor', scope.call('matmul', left, right), shift);
      return activate(scope, sum, attrs, alpha);
    },
  ),

  kernel<TensorInfo[], EinsumAttrs>('Einsum', (tensors, { equation }, scope) => {
    // TensorFlow.js's own checks: libtorch's einsum allows more.
    const list = Object.values(tensors);
    const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, list.length);
    tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, list as tf.Tensor[]);
    const factors = list.map((tensor) => factor(scope, tensor));
    return { handle: scope.call('einsum', equation, factors), dtype: list[0].dtype };
  }),
];
