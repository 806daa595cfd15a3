import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../../runtime/kernel.js';

interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  /** `[height, width]` of the result. */
  readonly size: [number, number];
}

interface Gradient {
  readonly images: TensorInfo;
  readonly dy: TensorInfo;
}

/** Where each of `to` new elements falls between the `from` old ones. */
function positions(from: number, to: number, { alignCorners, halfPixelCenters }: ResizeAttributes): number[] {
  const ratio = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return Array.from({ length: to }, (_, i) => (halfPixelCenters ? ratio * (i + 0.5) - 0.5 : ratio * i));
}

const upload = (scope: KernelScope, indices: number[]): Handle =>
  scope.upload(Int32Array.from(indices), [indices.length], 'int32');

interface Samples {
  readonly low: Handle;
  readonly high: Handle;
  /** How near the high one is, shaped to broadcast along its axis. */
  readonly weight: Handle;
}

function samples(
  scope: KernelScope,
  axis: 1 | 2,
  from: number,
  to: number,
  attrs: ResizeAttributes,
): Samples {
  const at = positions(from, to, attrs).map((position) => Math.max(0, position));
  const low = at.map(Math.floor);
  const high = at.map((position) => Math.min(from - 1, Math.ceil(position)));
  const weight = Float32Array.from(at, (position, i) => position - low[i]);
  const shape = axis === 1 ? [to, 1, 1] : [to, 1];
  return {
    low: upload(scope, low),
    high: upload(scope, high),
    weight: scope.upload(weight, shape, 'float32'),
  };
}

function interpolate(scope: KernelScope, x: Handle, axis: 1 | 2, { low, high, weight }: Samples): Handle {
  const [before, after] = [low, high].map((indices) => scope.call('index_select', x, axis, indices));
  return scope.call('lerp.Tensor', before, after, weight);
}

/** The transpose of {@link interpolate}. */
function distribute(
  scope: KernelScope,
  dy: Handle,
  axis: 1 | 2,
  size: number,
  { low, high, weight }: Samples,
): Handle {
  const shape = scope.backend.shape(dy).with(axis, size);
  const toHigh = scope.call('mul.Tensor', dy, weight);
  const toLow = scope.call('sub.Tensor', dy, toHigh);
  const dx = scope.call('new_zeros', dy, shape);
  return scope.call('index_add', scope.call('index_add', dx, axis, low, toLow), axis, high, toHigh);
}

function nearest(scope: KernelScope, from: number, to: number, attrs: ResizeAttributes): Handle {
  const { alignCorners, halfPixelCenters } = attrs;
  // The centre of an element lies half an element after its beginning.
  const at = positions(from, to, attrs).map((position) => (halfPixelCenters ? position + 0.5 : position));
  return upload(
    scope,
    at.map((position) => Math.min(from - 1, alignCorners ? Math.round(position) : Math.floor(position))),
  );
}

export const RESIZE_KERNELS: readonly KernelDefinition[] = [
  kernel<{ images: TensorInfo }, ResizeAttributes>('ResizeBilinear', ({ images }, attrs, scope) => {
    const [, height, width] = images.shape;
    const x = scope.to(scope.of(images), 'float32');
    const rows = interpolate(scope, x, 1, samples(scope, 1, height, attrs.size[0], attrs));
    return interpolate(scope, rows, 2, samples(scope, 2, width, attrs.size[1], attrs));
  }),

  kernel<Gradient, ResizeAttributes>('ResizeBilinearGrad', ({ images, dy }, attrs, scope) => {
    const [, height, width] = images.shape;
    const gradient = scope.to(scope.of(dy), 'float32');
    const columns = samples(scope, 2, width, dy.shape[2], attrs);
    const rows = samples(scope, 1, height, dy.shape[1], attrs);
    return distribute(scope, distribute(scope, gradient, 2, width, columns), 1, height, rows);
  }),

  kernel<{ images: TensorInfo }, ResizeAttributes>('ResizeNearestNeighbor', ({ images }, attrs, scope) => {
    const [, height, width] = images.shape;
    const rows = nearest(scope, height, attrs.size[0], attrs);
    const columns = nearest(scope, width, attrs.size[1], attrs);
    const x = scope.call('index_select', scope.of(images), 1, rows);
    return { handle: scope.call('index_select', x, 2, columns), dtype: images.dtype };
  }),

  kernel<Gradient, ResizeAttributes>('ResizeNearestNeighborGrad', ({ images, dy }, attrs, scope) => {
    const [, height, width] = images.shape;
    const gradient = scope.to(scope.of(dy), 'float32');
    const { backend } = scope;
    const gather = (x: Handle, axis: 1 | 2, size: number): Handle => {
      const indices = nearest(scope, size, dy.shape[axis], attrs);
      const zeros = scope.call('new_zeros', x, backend.shape(x).with(axis, size));
      return scope.call('index_add', zeros, axis, indices, x);
    };
    return gather(gather(gradient, 2, width), 1, height);
  }),
];
