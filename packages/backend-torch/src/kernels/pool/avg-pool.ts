import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../../runtime/kernel.js';
import { cropSpatial, padSpatial, toChannelsFirst, toChannelsLast } from '../conv/layout.js';
import type { Window } from '../conv/window.js';
import {
  emptyPool,
  isEmpty,
  isTrivial,
  type PoolAttributes,
  type PoolPlan,
  poolPlan,
  poolWindow,
} from './geometry.js';

type Border = NonNullable<PoolPlan['border']>;

const bordered = (scope: KernelScope, x: Handle, { before, after }: Border): Handle =>
  padSpatial(scope, x, before, after);

/** Sums of the windows of a bordered tensor. */
const sums = (scope: KernelScope, padded: Handle, { size, stride }: Window): Handle =>
  scope.call(
    `avg_pool${size.length}d`,
    padded,
    size,
    stride,
    size.map(() => 0),
    false,
    true,
    1,
  );

/** How many elements, without the border's, each window sees: `[1, 1, …output]`. */
function counts(scope: KernelScope, like: Handle, window: Window, border: Border): Handle {
  const ones = scope.call('new_ones', like, [1, 1, ...window.input]);
  // A window that sees nothing but padding has the average 0.
  return scope.call('clamp_min_', sums(scope, bordered(scope, ones, border), window), 1);
}

function average(scope: KernelScope, x: Handle, window: Window): Handle {
  const { padding, ceilMode, border } = poolPlan(window);
  const { size, stride } = window;
  if (!border) return scope.call(`avg_pool${size.length}d`, x, size, stride, padding, ceilMode, false);
  const total = sums(scope, bordered(scope, x, border), window);
  return scope.call('div_.Tensor', total, counts(scope, x, window, border));
}

/** TensorFlow.js's gradient divides by the whole window, padding or not, though the average does not. */
function averageGrad(scope: KernelScope, dy: Handle, x: Handle, window: Window): Handle {
  const { padding, ceilMode, border } = poolPlan(window);
  const { size, stride } = window;
  const image = border ? bordered(scope, x, border) : x;
  const area = size.reduce((product, length) => product * length, 1);
  const operator = `avg_pool${size.length}d_backward`;
  const dx = scope.call(operator, dy, image, size, stride, padding, ceilMode, true, area);
  return border ? cropSpatial(scope, dx, window.input, border.before) : dx;
}

const avgPool = (name: string): KernelDefinition =>
  kernel<{ x: TensorInfo }, PoolAttributes>(name, ({ x }, attrs, scope) => {
    const window = poolWindow(x, attrs);
    if (isTrivial(window)) return scope.of(x);
    if (isEmpty(window)) return emptyPool(scope, x, window);
    return toChannelsLast(scope, average(scope, toChannelsFirst(scope, scope.of(x)), window));
  });

const avgPoolGrad = (name: string): KernelDefinition =>
  kernel<{ dy: TensorInfo; input: TensorInfo }, PoolAttributes>(name, ({ dy, input }, attrs, scope) => {
    const x = scope.of(input);
    const gradient = scope.to(scope.of(dy), scope.backend.typeOf(x));
    const [outer, inner] = [toChannelsFirst(scope, gradient), toChannelsFirst(scope, x)];
    return toChannelsLast(scope, averageGrad(scope, outer, inner, poolWindow(input, attrs)));
  });

export const AVG_POOL_KERNELS: readonly KernelDefinition[] = [
  avgPool('AvgPool'),
  avgPool('AvgPool3D'),
  avgPoolGrad('AvgPoolGrad'),
  avgPoolGrad('AvgPool3DGrad'),
];
