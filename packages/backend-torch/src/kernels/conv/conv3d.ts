import type {
  Conv3DAttrs,
  Conv3DBackpropFilterV2Attrs,
  Conv3DBackpropInputV2Attrs,
  TensorInfo,
} from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { type KernelDefinition, kernel } from '../../runtime/kernel.js';
import { operand } from '../../runtime/operand.js';
import { type ConvolutionGeometry, convolve, convolveGradFilter, convolveGradInput } from './convolution.js';
import { window3d } from './window.js';

type Shape5D = [number, number, number, number, number];

interface Attributes {
  readonly strides: [number, number, number] | number;
  readonly pad: 'valid' | 'same';
  readonly dilations?: [number, number, number] | number;
}

const geometryOf = (
  xShape: number[],
  filterShape: number[],
  { strides, pad, dilations = 1 }: Attributes,
): ConvolutionGeometry => ({
  window: window3d(
    tf.backend_util.computeConv3DInfo(xShape as Shape5D, filterShape as Shape5D, strides, dilations, pad),
  ),
  groups: 1,
  isDepthwise: false,
  channelsFirst: false,
});

export const CONV3D_KERNELS: readonly KernelDefinition[] = [
  kernel<{ x: TensorInfo; filter: TensorInfo }, Conv3DAttrs>('Conv3D', ({ x, filter }, attrs, scope) =>
    convolve(scope, operand(scope, x), operand(scope, filter), geometryOf(x.shape, filter.shape, attrs)),
  ),

  kernel<{ dy: TensorInfo; filter: TensorInfo }, Conv3DBackpropInputV2Attrs>(
    'Conv3DBackpropInputV2',
    ({ dy, filter }, attrs, scope) => {
      const geometry = geometryOf(attrs.inputShape, filter.shape, attrs);
      return convolveGradInput(scope, operand(scope, dy), operand(scope, filter), geometry);
    },
  ),

  kernel<{ x: TensorInfo; dy: TensorInfo }, Conv3DBackpropFilterV2Attrs>(
    'Conv3DBackpropFilterV2',
    ({ x, dy }, attrs, scope) => {
      const geometry = geometryOf(x.shape, attrs.filterShape, attrs);
      return convolveGradFilter(scope, operand(scope, x), operand(scope, dy), geometry);
    },
  ),
];
