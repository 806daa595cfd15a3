import type { TensorInfo, TransformAttrs } from '@tensorflow/tfjs';
import type { Handle } from '../../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../../runtime/kernel.js';
import { bilinear, isWithin, orElse, pixels, range, roundHalfUp } from './sampling.js';

const where = (scope: KernelScope, condition: Handle, yes: Handle, no: Handle): Handle =>
  scope.call('where.self', condition, yes, no);

/** Brings positions outside of an axis into it, as the fill mode says; `constant` leaves them outside. */
function fold(scope: KernelScope, position: Handle, size: number, mode: TransformAttrs['fillMode']): Handle {
  const clamp = (x: Handle): Handle => scope.call('clamp', x, 0, size - 1);
  switch (mode) {
    case 'constant':
      return position;
    case 'nearest':
      return clamp(position);
    case 'reflect': {
      const phase = scope.call('remainder.Scalar', position, 2 * size);
      const mirrored = scope.call('rsub.Scalar', phase, 2 * size - 1);
      return clamp(where(scope, scope.call('lt.Scalar', phase, size), phase, mirrored));
    }
    case 'wrap': {
      // TensorFlow's own way of counting: the step is the size, the number of steps goes by size − 1.
      const laps = scope.call('trunc', scope.call('div.Scalar', position, Math.max(1, size - 1)));
      const lifted = scope.call('sub.Tensor', position, scope.call('sub.Scalar', laps, 1), size);
      const lowered = scope.call('sub.Tensor', position, laps, size);
      const isBelow = scope.call('lt.Scalar', position, 0);
      const isAbove = scope.call('gt.Scalar', position, size - 1);
      return clamp(where(scope, isBelow, lifted, where(scope, isAbove, lowered, position)));
    }
  }
}

export const TRANSFORM_KERNELS: readonly KernelDefinition[] = [
  kernel<{ image: TensorInfo; transforms: TensorInfo }, TransformAttrs>(
    'Transform',
    ({ image, transforms }, { interpolation, fillMode, fillValue, outputShape }, scope) => {
      const [batch, H, W] = image.shape;
      const [h, w] = outputShape ?? [H, W];
      const [outX, outY] = [range(scope, w, [1, 1, w]), range(scope, h, [1, h, 1])];
      const matrix = scope.call('reshape', scope.of(transforms), [-1, 8, 1, 1]);
      const coefficient = (i: number): Handle => scope.call('select.int', matrix, 1, i); // [1|B, 1, 1]
      const plane = (i: number): Handle =>
        scope.call(
          'add.Tensor',
          scope.call('mul.Tensor', outX, coefficient(i)),
          scope.call('mul.Tensor', outY, coefficient(i + 1)),
        );
      const depth = scope.call('add.Scalar', plane(6), 1);
      const project = (i: number): Handle =>
        scope.call('div.Tensor', scope.call('add.Tensor', plane(i), coefficient(i + 2)), depth);
      const x = fold(scope, project(0), W, fillMode);
      const y = fold(scope, project(3), H, fillMode);
      const images = scope.to(scope.of(image), 'float32');
      const which = scope.to(range(scope, batch, [batch, 1, 1]), 'int64');
      const read = (row: Handle, column: Handle): Handle => {
        const isInside = scope.call('logical_and', isWithin(scope, row, H), isWithin(scope, column, W));
        return orElse(scope, isInside, pixels(scope, images, which, row, column), fillValue);
      };
      const sampled =
        interpolation === 'nearest'
          ? read(roundHalfUp(scope, y), roundHalfUp(scope, x))
          : bilinear(scope, y, x, read);
      // What lies at infinity is outside of every image.
      const isNear = scope.call('ne.Scalar', depth, 0);
      return orElse(scope, isNear, sampled, fillValue);
    },
  ),
];
