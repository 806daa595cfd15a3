import type { TensorInfo } from '@tensorflow/tfjs';
import { convolve } from '../kernels/conv/convolution.js';
import { geometryOf } from '../kernels/conv/grouped.js';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelDefinition, KernelScope } from '../runtime/kernel.js';
import { activation, operand } from '../runtime/operand.js';
import { fusedKernel } from './fused-kernel.js';

/** Numbers of `at::MemoryFormat`. */
const CHANNELS_LAST = 2;

interface Folding {
  readonly filter: TensorInfo;
  readonly gamma: TensorInfo;
  readonly beta: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
}

/**
 * The filter and bias that convolve and normalise at once: `filter·f` and `beta − mean·f` with `f = gamma/σ`. Kept with
 * the filter, in the memory order in which libtorch's convolution reads it.
 */
function fold(
  scope: KernelScope,
  { filter, gamma, beta, mean, variance }: Folding,
  epsilon: number,
): [filter: Handle, bias: Handle] {
  const purpose = `folded ${scope.backend.bf16} ${epsilon}`;
  return scope.derive(purpose, [filter, gamma, beta, mean, variance], (inner) => {
    const inverseStd = inner.call('rsqrt', inner.call('add.Scalar', inner.of(variance), epsilon));
    const factor = inner.call('mul.Tensor', inner.of(gamma), inverseStd);
    const bias = inner.call('sub.Tensor', inner.of(beta), inner.call('mul.Tensor', inner.of(mean), factor));
    // The last one or, depthwise, two axes are the outputs.
    const outputs = filter.shape.slice(filter.shape[3] === gamma.shape[0] ? 3 : 2);
    const scaled = inner.call('mul.Tensor', inner.of(filter), inner.call('reshape', factor, outputs));
    const rounded = activation(inner, scaled);
    const ordered = inner.call('contiguous', inner.call('permute', rounded, [3, 2, 0, 1]), CHANNELS_LAST);
    return [inner.call('permute', ordered, [2, 3, 1, 0]), activation(inner, bias)];
  }) as [Handle, Handle];
}

export const FROZEN_CONV_KERNELS: readonly KernelDefinition[] = [
  fusedKernel('KdxFrozenConv', ({ x, filter, residual, ...norm }, { epsilon, relu, ...attrs }, scope) => {
    const [folded, bias] = fold(scope, { filter, ...norm }, epsilon);
    const isDepthwise = attrs.groups > 1 && attrs.groups === x.shape[3];
    const geometry = { ...geometryOf(x.shape, filter.shape, attrs), isDepthwise };
    const y = convolve(scope, operand(scope, x), folded, geometry, bias);
    if (residual) scope.run('add_.Tensor', y, scope.of(residual));
    if (relu) scope.run('relu_', y);
    return [y];
  }),
];
