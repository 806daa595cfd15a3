import type { Handle } from '../../libtorch/bridge.js';
import type { KernelScope } from '../../runtime/kernel.js';

/** `⌊x + ½⌋`, as `Math.round`. */
export const roundHalfUp = (scope: KernelScope, x: Handle): Handle =>
  scope.call('floor', scope.call('add.Scalar', x, 0.5));

/** Positions that are whole numbers as indices, moved into 0 … size − 1. */
const toIndices = (scope: KernelScope, positions: Handle, size: number): Handle =>
  scope.to(scope.call('clamp', scope.call('nan_to_num', positions), 0, size - 1), 'int64');

/**
 * Pixels `[N, h, w, C]` of images `[B, H, W, C]`: for each of the N results `image` names its image, `row` and `column`
 * the place; all three broadcast to `[N, h, w]`. What lies outside is read at the edge.
 */
export function pixels(
  scope: KernelScope,
  images: Handle,
  image: Handle,
  row: Handle,
  column: Handle,
): Handle {
  const [, height, width] = scope.backend.shape(images);
  return scope.call('index.Tensor', images, [
    image,
    toIndices(scope, row, height),
    toIndices(scope, column, width),
  ]);
}

/** Mixes the four pixels around each place, which `read` gives as `[N, h, w, C]`. */
export function bilinear(
  scope: KernelScope,
  row: Handle,
  column: Handle,
  read: (row: Handle, column: Handle) => Handle,
): Handle {
  const [top, left] = [row, column].map((position) => scope.call('floor', position));
  const [bottom, right] = [top, left].map((position) => scope.call('add.Scalar', position, 1));
  const share = (position: Handle, low: Handle): Handle =>
    scope.call('unsqueeze', scope.call('sub.Tensor', position, low), -1);
  const across = share(column, left);
  const upper = scope.call('lerp.Tensor', read(top, left), read(top, right), across);
  const lower = scope.call('lerp.Tensor', read(bottom, left), read(bottom, right), across);
  return scope.call('lerp.Tensor', upper, lower, share(row, top));
}

/** Whether 0 ≤ positions ≤ size − 1. */
export const isWithin = (scope: KernelScope, positions: Handle, size: number): Handle =>
  scope.call(
    'logical_and',
    scope.call('ge.Scalar', positions, 0),
    scope.call('le.Scalar', positions, size - 1),
  );

/** `values` `[N, h, w, C]` where `isInside` `[N, h, w]`, else one number. */
export const orElse = (scope: KernelScope, isInside: Handle, values: Handle, fill: number): Handle => {
  const mask = scope.call('unsqueeze', scope.call('logical_not', isInside), -1);
  return scope.call('masked_fill.Scalar', values, mask, fill);
};

/** The numbers 0 … n − 1, shaped. */
export const range = (scope: KernelScope, n: number, shape: readonly number[]): Handle =>
  scope.upload(
    Float32Array.from({ length: n }, (_, i) => i),
    shape,
    'float32',
  );
