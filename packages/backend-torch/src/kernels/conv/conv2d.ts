import type {
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  FusedConv2DAttrs,
  TensorInfo,
} from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../../runtime/kernel.js';
import { operand, weightOperand } from '../../runtime/operand.js';
import { type ActivationAttributes, activate } from '../activation.js';
import { type ConvolutionGeometry, convolve, convolveGradFilter, convolveGradInput } from './convolution.js';
import { window2d } from './window.js';

type Shape4D = [number, number, number, number];

interface Attributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: [number, number] | number | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

const geometryOf =
  (isDepthwise: boolean) =>
  (xShape: number[], filterShape: number[], attrs: Attributes): ConvolutionGeometry => {
    const { strides, pad, dilations, dimRoundingMode, dataFormat } = attrs;
    const info = tf.backend_util.computeConv2DInfo(
      xShape as Shape4D,
      filterShape as Shape4D,
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      isDepthwise,
      dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast',
    );
    return {
      window: window2d(info),
      groups: isDepthwise ? info.inChannels : 1,
      isDepthwise,
      channelsFirst: dataFormat === 'NCHW',
    };
  };

const dense = geometryOf(false);
const depthwise = geometryOf(true);

interface Forward {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

interface Fused extends Forward {
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** `[kh, kw, I, O]` with the memory of libtorch's channels-last filters. */
const FILTER_ORDER = [3, 0, 1, 2];

const filterOperand = (
  scope: KernelScope,
  filter: TensorInfo,
  { isDepthwise }: ConvolutionGeometry,
): Handle => (isDepthwise ? operand(scope, filter) : weightOperand(scope, filter, FILTER_ORDER));

const forward = (scope: KernelScope, { x, filter }: Forward, geometry: ConvolutionGeometry): Handle =>
  convolve(scope, operand(scope, x), filterOperand(scope, filter, geometry), geometry);

/** Whether there is one value for each of several channels. */
const isPerChannel = ({ shape }: TensorInfo): boolean => shape.length === 1 && shape[0] !== 1;

function fused(
  scope: KernelScope,
  { x, filter, bias, preluActivationWeights: alpha }: Fused,
  geometry: ConvolutionGeometry,
  attrs: ActivationAttributes,
): Handle {
  const [input, weight] = [operand(scope, x), filterOperand(scope, filter, geometry)];
  const shift = bias && operand(scope, bias);
  const inside = bias && isPerChannel(bias) ? shift : undefined;
  const y = convolve(scope, input, weight, geometry, inside);
  const shifted = shift && !inside ? scope.call('add.Tensor', y, shift) : y;
  if (!alpha) return activate(scope, shifted, attrs);
  const slopes = operand(scope, alpha);
  const beforeSpatial = geometry.channelsFirst && isPerChannel(alpha);
  return activate(scope, shifted, attrs, beforeSpatial ? scope.call('reshape', slopes, [-1, 1, 1]) : slopes);
}

interface KernelNames {
  readonly forward: string;
  readonly gradInput: string;
  readonly gradFilter: string;
  readonly fused: string;
}

/** A convolution, its two gradients and its fused form. Depthwise attributes are those of the dense one. */
const kernels = (names: KernelNames, geometryOf: typeof dense): readonly KernelDefinition[] => [
  kernel<Forward, Conv2DAttrs>(names.forward, (inputs, attrs, scope) =>
    forward(scope, inputs, geometryOf(inputs.x.shape, inputs.filter.shape, attrs as Attributes)),
  ),

  kernel<{ dy: TensorInfo; filter: TensorInfo }, Conv2DBackpropInputAttrs>(
    names.gradInput,
    ({ dy, filter }, attrs, scope) => {
      const geometry = geometryOf(attrs.inputShape, filter.shape, attrs as Attributes);
      return convolveGradInput(scope, operand(scope, dy), operand(scope, filter), geometry);
    },
  ),

  kernel<{ x: TensorInfo; dy: TensorInfo }, Conv2DBackpropFilterAttrs>(
    names.gradFilter,
    ({ x, dy }, attrs, scope) => {
      const geometry = geometryOf(x.shape, attrs.filterShape, attrs as Attributes);
      return convolveGradFilter(scope, operand(scope, x), operand(scope, dy), geometry);
    },
  ),

  kernel<Fused, FusedConv2DAttrs>(names.fused, (inputs, attrs, scope) =>
    fused(scope, inputs, geometryOf(inputs.x.shape, inputs.filter.shape, attrs as Attributes), attrs),
  ),
];

export const CONV2D_KERNELS: readonly KernelDefinition[] = [
  ...kernels(
    {
      forward: 'Conv2D',
      gradInput: 'Conv2DBackpropInput',
      gradFilter: 'Conv2DBackpropFilter',
      fused: 'FusedConv2D',
    },
    dense,
  ),
  ...kernels(
    {
      forward: 'DepthwiseConv2dNative',
      gradInput: 'DepthwiseConv2dNativeBackpropInput',
      gradFilter: 'DepthwiseConv2dNativeBackpropFilter',
      fused: 'FusedDepthwiseConv2D',
    },
    depthwise,
  ),
];
