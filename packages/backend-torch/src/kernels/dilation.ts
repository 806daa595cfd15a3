import type { Dilation2DAttrs, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import { cropSpatial, padSpatial, toChannelsFirst, toChannelsLast } from './conv/layout.js';
import { paddingAfter, type Window, window2d } from './conv/window.js';

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

interface GradientInputs extends Inputs {
  readonly dy: TensorInfo;
}

type Shape3D = [number, number, number];
type Shape4D = [number, number, number, number];

const windowOf = ({ x, filter }: Inputs, { strides, pad, dilations }: Dilation2DAttrs): Window =>
  window2d(
    tf.backend_util.computeDilation2DInfo(
      x.shape as Shape4D,
      filter.shape as Shape3D,
      strides,
      pad,
      'NHWC',
      dilations,
    ),
  );

const after = (window: Window): number[] => window.size.map((_, axis) => paddingAfter(window, axis));

/** What each element of the window sees of a bordered image `[B, C, H, W]`: views `[B, C, H', W']`, row by row. */
function taps(scope: KernelScope, image: Handle, { size, output, stride, dilation }: Window): Handle[] {
  const along = (tensor: Handle, axis: number, element: number): Handle => {
    const start = element * dilation[axis];
    const end = start + (output[axis] - 1) * stride[axis] + 1;
    return scope.call('slice.Tensor', tensor, axis + 2, start, end, stride[axis]);
  };
  return Array.from({ length: size[0] * size[1] }, (_, tap) =>
    along(along(image, 0, Math.floor(tap / size[1])), 1, tap % size[1]),
  );
}

/** The terms whose maximum a dilation is, one per element of the window. */
function terms(scope: KernelScope, { x, filter }: Inputs, window: Window): Handle[] {
  const image = toChannelsFirst(scope, scope.to(scope.of(x), 'float32'));
  const padded = padSpatial(scope, image, window.before, after(window), Number.NEGATIVE_INFINITY);
  const rows = scope.call('reshape', scope.of(filter), [-1, filter.shape[2], 1, 1]);
  return taps(scope, padded, window).map((tap, i) =>
    scope.call('add.Tensor', tap, scope.call('select.int', rows, 0, i)),
  );
}

/** dy `[B, C, H', W']` where a term is the first that is the largest, 0 elsewhere; one per element of the window. */
function shares(scope: KernelScope, inputs: GradientInputs, window: Window): Handle[] {
  const all = terms(scope, inputs, window);
  const winner = scope.call('argmax', scope.call('stack', all), 0);
  const dy = toChannelsFirst(scope, scope.to(scope.of(inputs.dy), 'float32'));
  return all.map((_, i) => scope.call('mul.Tensor', dy, scope.call('eq.Scalar', winner, i)));
}

/** Grayscale dilation: the maximum of image plus filter over a moving window. */
export const DILATION_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs, Dilation2DAttrs>('Dilation2D', (inputs, attrs, scope) => {
    const maximum = (a: Handle, b: Handle): Handle => scope.call('maximum', a, b);
    return toChannelsLast(scope, terms(scope, inputs, windowOf(inputs, attrs)).reduce(maximum));
  }),

  kernel<GradientInputs, Dilation2DAttrs>('Dilation2DBackpropInput', (inputs, attrs, scope) => {
    const window = windowOf(inputs, attrs);
    const dy = toChannelsFirst(scope, scope.to(scope.of(inputs.dy), 'float32'));
    const { shape } = inputs.x;
    const border = after(window);
    const sizes = window.input.map((size, axis) => size + window.before[axis] + border[axis]);
    const dx = scope.call('new_zeros', dy, [shape[0], shape[3], ...sizes]);
    const places = taps(scope, dx, window);
    shares(scope, inputs, window).forEach((share, i) => {
      scope.call('add_.Tensor', places[i], share);
    });
    return toChannelsLast(scope, cropSpatial(scope, dx, window.input, window.before));
  }),

  kernel<GradientInputs, Dilation2DAttrs>('Dilation2DBackpropFilter', (inputs, attrs, scope) => {
    const sums = shares(scope, inputs, windowOf(inputs, attrs)).map((share) =>
      scope.call('sum.dim_IntList', share, [0, 2, 3]),
    );
    return scope.call('reshape', scope.call('stack', sums), inputs.filter.shape);
  }),
];
