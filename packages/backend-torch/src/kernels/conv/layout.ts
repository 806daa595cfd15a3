import type { Handle } from '../../libtorch/bridge.js';
import type { KernelScope } from '../../runtime/kernel.js';
import { padList } from './window.js';

/** `[B, …spatial, C]` as `[B, C, …spatial]`: a view, which libtorch knows as channels-last memory. */
export const toChannelsFirst = (scope: KernelScope, tensor: Handle): Handle =>
  scope.call('movedim.int', tensor, -1, 1);

/** `[B, C, …spatial]` as `[B, …spatial, C]`: a view, contiguous where the memory is channels-last. */
export const toChannelsLast = (scope: KernelScope, tensor: Handle): Handle =>
  scope.call('movedim.int', tensor, 1, -1);

/** A copy of a channels-first tensor with a border. */
export const padSpatial = (
  scope: KernelScope,
  tensor: Handle,
  before: readonly number[],
  after: readonly number[],
  value = 0,
): Handle => scope.call('constant_pad_nd', tensor, padList(before, after), value);

/** The part of a channels-first tensor that begins at `start` on each spatial axis: a view. */
export const cropSpatial = (
  scope: KernelScope,
  tensor: Handle,
  sizes: readonly number[],
  start: readonly number[] = [],
): Handle =>
  sizes.reduce(
    (cropped, size, axis) => scope.call('narrow', cropped, axis + 2, start[axis] ?? 0, size),
    tensor,
  );
