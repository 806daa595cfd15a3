import type { GroupedConvAttributes } from '@kdx/tensor';
import { fusedKernel } from '../../fused/fused-kernel.js';
import type { KernelDefinition } from '../../runtime/kernel.js';
import { operand } from '../../runtime/operand.js';
import { type ConvolutionGeometry, convolve, convolveGradFilter, convolveGradInput } from './convolution.js';

/** Geometry of a convolution with symmetric padding, as nn describes it. */
export function geometryOf(
  xShape: readonly number[],
  filterShape: readonly number[],
  { stride, padding, groups }: GroupedConvAttributes,
): ConvolutionGeometry {
  const [input, size] = [xShape.slice(1, 3), filterShape.slice(0, 2)];
  const output = input.map(
    (length, axis) => Math.floor((length + 2 * padding[axis] - size[axis]) / stride[axis]) + 1,
  );
  return {
    window: { input, output, size, stride, dilation: [1, 1], before: padding },
    groups,
    isDepthwise: false,
    channelsFirst: false,
  };
}

export const GROUPED_CONV_KERNELS: readonly KernelDefinition[] = [
  fusedKernel('KdxGroupedConv2d', ({ x, filter }, attrs, scope) => [
    convolve(scope, operand(scope, x), operand(scope, filter), geometryOf(x.shape, filter.shape, attrs)),
  ]),

  fusedKernel('KdxGroupedConv2dGradInput', ({ dy, filter }, attrs, scope) => {
    const geometry = geometryOf(attrs.inputShape, filter.shape, attrs);
    return [convolveGradInput(scope, operand(scope, dy), operand(scope, filter), geometry)];
  }),

  fusedKernel('KdxGroupedConv2dGradFilter', ({ x, dy }, attrs, scope) => {
    const geometry = geometryOf(x.shape, attrs.filterShape, attrs);
    return [convolveGradFilter(scope, operand(scope, x), operand(scope, dy), geometry)];
  }),
];
