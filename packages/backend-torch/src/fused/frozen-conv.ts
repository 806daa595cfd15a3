import type { TensorInfo } from '@tensorflow/tfjs';
import { toChannelsFirst, toChannelsLast } from '../kernels/conv/layout.js';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelDefinition, KernelScope } from '../runtime/kernel.js';
import { activation, operand } from '../runtime/operand.js';
import { fusedKernel } from './fused-kernel.js';

/** Number of `at::MemoryFormat`. */
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
 * the filter, as libtorch's convolution reads it: `[O, I/groups, kh, kw]` in channels-last memory.
 */
function fold(
  scope: KernelScope,
  { filter, gamma, beta, mean, variance }: Folding,
  epsilon: number,
  isDepthwise: boolean,
): [filter: Handle, bias: Handle] {
  const purpose = `folded ${scope.backend.bf16} ${epsilon}`;
  return scope.derive(purpose, [filter, gamma, beta, mean, variance], (inner) => {
    const inverseStd = inner.call('rsqrt', inner.call('add.Scalar', inner.of(variance), epsilon));
    const factor = inner.call('mul.Tensor', inner.of(gamma), inverseStd);
    const bias = inner.call('sub.Tensor', inner.of(beta), inner.call('mul.Tensor', inner.of(mean), factor));
    const [height, width] = filter.shape;
    const byOutput = inner.call('permute', inner.of(filter), isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
    const outputs = inner.call('reshape', byOutput, [gamma.shape[0], isDepthwise ? 1 : -1, height, width]);
    const scaled = inner.call('mul.Tensor', outputs, inner.call('reshape', factor, [-1, 1, 1, 1]));
    const ordered = inner.call('contiguous', activation(inner, scaled), CHANNELS_LAST);
    return [ordered, activation(inner, bias)];
  }) as [Handle, Handle];
}

export const FROZEN_CONV_KERNELS: readonly KernelDefinition[] = [
  fusedKernel(
    'KdxFrozenConv',
    ({ x, filter, residual, ...norm }, { epsilon, relu, stride, padding, groups }, scope) => {
      const isDepthwise = groups > 1 && groups === x.shape[3];
      const [weight, bias] = fold(scope, { filter, ...norm }, epsilon, isDepthwise);
      const images = toChannelsFirst(scope, operand(scope, x));
      const rest = [stride, padding, [1, 1], false, [0, 0], groups] as const;
      const y = toChannelsLast(scope, scope.call('convolution', images, weight, bias, ...rest));
      if (residual) scope.run('add_.Tensor', y, scope.of(residual));
      if (relu) scope.run('relu_', y);
      return [y];
    },
  ),
];
