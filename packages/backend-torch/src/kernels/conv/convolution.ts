import type { Handle } from '../../libtorch/bridge.js';
import type { KernelScope } from '../../runtime/kernel.js';
import { cropSpatial, padSpatial, toChannelsFirst, toChannelsLast } from './layout.js';
import { isSymmetric, paddingAfter, type Window } from './window.js';

/**
 * A convolution over one, two or three spatial axes. Activations are `[B, …spatial, C]` unless `channelsFirst`.
 * Filters are `[…window, I/groups, O]` or, depthwise, `[…window, I, multiplier]`.
 */
export interface ConvolutionGeometry {
  readonly window: Window;
  readonly groups: number;
  readonly isDepthwise: boolean;
  readonly channelsFirst: boolean;
}

/** libtorch's arguments from `stride` on, and the zeros to add before it sees the input, when it cannot add them. */
function split({ window, groups }: ConvolutionGeometry) {
  const axes = window.size.map((_, axis) => axis);
  const fits = axes.map((axis) => isSymmetric(window, axis));
  const padding = axes.map((axis) => (fits[axis] ? window.before[axis] : 0));
  const before = axes.map((axis) => (fits[axis] ? 0 : window.before[axis]));
  const after = axes.map((axis) => (fits[axis] ? 0 : paddingAfter(window, axis)));
  const none = axes.map(() => 0);
  return {
    args: [window.stride, padding, window.dilation, false, none, groups] as const,
    extra: fits.every(Boolean) ? undefined : { before, after },
  };
}

const activations = (scope: KernelScope, tensor: Handle, { channelsFirst }: ConvolutionGeometry): Handle =>
  channelsFirst ? tensor : toChannelsFirst(scope, tensor);

const result = (scope: KernelScope, tensor: Handle, { channelsFirst }: ConvolutionGeometry): Handle =>
  channelsFirst ? tensor : toChannelsLast(scope, tensor);

/** A filter as libtorch has it, `[O, I/groups, …window]`: a view. */
function weights(scope: KernelScope, filter: Handle, { window, isDepthwise }: ConvolutionGeometry): Handle {
  const n = window.size.length;
  const axes = window.size.map((_, axis) => axis);
  if (!isDepthwise) return scope.call('permute', filter, [n + 1, n, ...axes]);
  const outputs = scope.call('flatten.using_ints', scope.call('permute', filter, [n, n + 1, ...axes]), 0, 1);
  return scope.call('unsqueeze', outputs, 1);
}

/** A filter's gradient back in the order of TensorFlow.js: a view. */
function filterFrom(
  scope: KernelScope,
  gradient: Handle,
  { window, groups, isDepthwise }: ConvolutionGeometry,
): Handle {
  const axes = window.size.map((_, axis) => axis + 2);
  if (!isDepthwise) return scope.call('permute', gradient, [...axes, 1, 0]);
  const byChannel = scope.call('reshape', gradient, [groups, -1, ...window.size]);
  return scope.call('permute', byChannel, [...axes, 0, 1]);
}

/**
 * Convolves. In channels-last memory nothing but the filter is copied, unless padding is asymmetric.
 * @param bias `[O]`
 */
export function convolve(
  scope: KernelScope,
  input: Handle,
  filter: Handle,
  geometry: ConvolutionGeometry,
  bias?: Handle,
): Handle {
  const { args, extra } = split(geometry);
  const x = activations(scope, input, geometry);
  const padded = extra ? padSpatial(scope, x, extra.before, extra.after) : x;
  const weight = weights(scope, filter, geometry);
  const [batch] = scope.backend.shape(x);
  // Without images, older versions of libtorch want the filter itself in a row.
  const row = batch === 0 ? scope.call('contiguous', weight) : weight;
  const y = scope.call('convolution', padded, row, bias, ...args);
  return result(scope, y, geometry);
}

/** The gradient of {@link convolve}'s input. A view of more where padding is asymmetric. */
export function convolveGradInput(
  scope: KernelScope,
  dy: Handle,
  filter: Handle,
  geometry: ConvolutionGeometry,
): Handle {
  const { window, groups, isDepthwise } = geometry;
  const { args, extra } = split(geometry);
  const { backend } = scope;
  const arriving = activations(scope, dy, geometry);
  const [batch, , ...arrivingSizes] = backend.shape(arriving);
  // A transposed convolution may ask for an image that only a corner of dy reaches.
  const isWhole = arrivingSizes.every((size, axis) => size === window.output[axis]);
  const gradient = isWhole ? arriving : cropSpatial(scope, arriving, window.output);
  const weight = weights(scope, filter, geometry);
  const channels = isDepthwise ? groups : backend.shape(weight)[1] * groups;
  const sizes = window.input.map((size, axis) => size + (extra ? extra.before[axis] + extra.after[axis] : 0));
  // Only the sizes and the memory format of the input matter: this one is never filled.
  const like = geometry.channelsFirst
    ? scope.call('new_empty', gradient, [batch, channels, ...sizes])
    : toChannelsFirst(scope, scope.call('new_empty', gradient, [batch, ...sizes, channels]));
  const mask = [true, false, false];
  const [dx] = scope.callMany('convolution_backward', gradient, like, weight, null, ...args, mask);
  const cropped = extra ? cropSpatial(scope, dx, window.input, extra.before) : dx;
  return result(scope, cropped, geometry);
}

/** The gradient of {@link convolve}'s filter, in the filter's shape. */
export function convolveGradFilter(
  scope: KernelScope,
  input: Handle,
  dy: Handle,
  geometry: ConvolutionGeometry,
): Handle {
  const { window, groups, isDepthwise } = geometry;
  const { args, extra } = split(geometry);
  const x = activations(scope, input, geometry);
  const padded = extra ? padSpatial(scope, x, extra.before, extra.after) : x;
  const gradient = activations(scope, dy, geometry);
  const { backend } = scope;
  const [inputs, outputs] = [x, gradient].map((tensor) => backend.shape(tensor)[1]);
  const shape = [outputs, isDepthwise ? 1 : inputs / groups, ...window.size];
  const like = scope.call('new_empty', gradient, shape);
  const mask = [false, true, false];
  const [, dweight] = scope.callMany('convolution_backward', gradient, padded, like, null, ...args, mask);
  // What is added to it, of other batches and other uses of the filter, may be too small for bf16.
  return filterFrom(scope, scope.to(dweight, 'float32'), geometry);
}
