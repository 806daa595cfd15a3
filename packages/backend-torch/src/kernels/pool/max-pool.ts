import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../../runtime/kernel.js';
import { cropSpatial, padSpatial, toChannelsFirst, toChannelsLast } from '../conv/layout.js';
import type { Window } from '../conv/window.js';
import { emptyPool, isEmpty, isTrivial, type PoolAttributes, poolPlan, poolWindow } from './geometry.js';

const LOWEST = Number.NEGATIVE_INFINITY;

interface Pooled {
  /** `[B, C, …output]`. */
  readonly maxima: Handle;
  /** Where they stand in the window's image, with its border: flat over the spatial axes. */
  readonly positions: Handle;
  /** What was pooled: channels first, with its border. */
  readonly image: Handle;
}

function pool(scope: KernelScope, input: TensorInfo, window: Window): Pooled {
  const { padding, ceilMode, border } = poolPlan(window);
  const { size, stride, dilation } = window;
  // TensorFlow.js's maximum of a window ignores NaN. libtorch has no pool of integers everywhere.
  const numbers =
    input.dtype === 'float32'
      ? scope.call('nan_to_num', scope.of(input), LOWEST, Number.POSITIVE_INFINITY, LOWEST)
      : scope.to(scope.of(input), 'float64');
  const x = toChannelsFirst(scope, numbers);
  const image = border ? padSpatial(scope, x, border.before, border.after, LOWEST) : x;
  const operator = `max_pool${size.length}d_with_indices`;
  const [maxima, positions] = scope.callMany(operator, image, size, stride, padding, dilation, ceilMode);
  return { maxima, positions, image };
}

function poolGrad(scope: KernelScope, dy: TensorInfo, input: TensorInfo, window: Window): Handle {
  const { padding, ceilMode, border } = poolPlan(window);
  const { size, stride, dilation } = window;
  const { positions, image } = pool(scope, input, window);
  const gradient = toChannelsFirst(scope, scope.to(scope.of(dy), scope.backend.typeOf(image)));
  const dx = scope.call(
    `max_pool${size.length}d_with_indices_backward`,
    gradient,
    image,
    size,
    stride,
    padding,
    dilation,
    ceilMode,
    positions,
  );
  return border ? cropSpatial(scope, dx, window.input, border.before) : dx;
}

/** Positions in the image as TensorFlow.js counts them: flat over `[H, W, C]` or `[B, H, W, C]`, no border. */
function flatPositions(
  scope: KernelScope,
  positions: Handle,
  [batch, height, width, channels]: number[],
  window: Window,
  includeBatch: boolean,
): Handle {
  const { border } = poolPlan(window);
  const [top, left] = border ? border.before : [0, 0];
  const stored = width + (border ? left + border.after[1] : 0);
  const row = scope.call('sub.Scalar', scope.call('div.Scalar_mode', positions, stored, 'floor'), top);
  const column = scope.call('sub.Scalar', scope.call('remainder.Scalar', positions, stored), left);
  const pixel = scope.call('add.Tensor', column, row, width);
  const channel = scope.upload(
    Int32Array.from({ length: channels }, (_, c) => c),
    [channels, 1, 1],
    'int32',
  );
  const flat = scope.call('add.Tensor', channel, pixel, channels);
  if (!includeBatch) return flat;
  const image = scope.upload(
    Int32Array.from({ length: batch }, (_, b) => b),
    [batch, 1, 1, 1],
    'int32',
  );
  return scope.call('add.Tensor', flat, image, height * width * channels);
}

const maxPool = (name: string): KernelDefinition =>
  kernel<{ x: TensorInfo }, PoolAttributes>(name, ({ x }, attrs, scope) => {
    const window = poolWindow(x, attrs);
    if (isTrivial(window)) return scope.of(x);
    if (isEmpty(window)) return emptyPool(scope, x, window);
    return { handle: toChannelsLast(scope, pool(scope, x, window).maxima), dtype: x.dtype };
  });

const maxPoolGrad = (name: string): KernelDefinition =>
  kernel<{ dy: TensorInfo; input: TensorInfo }, PoolAttributes>(name, ({ dy, input }, attrs, scope) => ({
    handle: toChannelsLast(scope, poolGrad(scope, dy, input, poolWindow(input, attrs))),
    dtype: dy.dtype,
  }));

export const MAX_POOL_KERNELS: readonly KernelDefinition[] = [
  maxPool('MaxPool'),
  maxPool('MaxPool3D'),
  maxPoolGrad('MaxPoolGrad'),
  maxPoolGrad('MaxPool3DGrad'),

  kernel<{ x: TensorInfo }, PoolAttributes & { includeBatchInIndex: boolean }>(
    'MaxPoolWithArgmax',
    ({ x }, attrs, scope) => {
      const window = poolWindow(x, attrs);
      const { maxima, positions } = pool(scope, x, window);
      const flat = flatPositions(scope, positions, x.shape, window, attrs.includeBatchInIndex);
      return [
        { handle: toChannelsLast(scope, maxima), dtype: x.dtype },
        { handle: toChannelsLast(scope, flat), dtype: 'int32' },
      ];
    },
  ),
];
