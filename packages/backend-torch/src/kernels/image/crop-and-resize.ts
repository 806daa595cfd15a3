import type { CropAndResizeAttrs, TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../../runtime/kernel.js';
import { bilinear, isWithin, orElse, pixels, range, roundHalfUp } from './sampling.js';

interface Inputs {
  readonly image: TensorInfo;
  readonly boxes: TensorInfo;
  readonly boxInd: TensorInfo;
}

/** Where a crop's `n` elements fall along an axis of `size`: start, end `[N, 1]` in fractions of it → `[N, n]`. */
function positions(scope: KernelScope, start: Handle, end: Handle, size: number, n: number): Handle {
  if (n === 1) return scope.call('mul.Scalar', scope.call('add.Tensor', start, end), 0.5 * (size - 1));
  const step = scope.call('mul.Scalar', scope.call('sub.Tensor', end, start), (size - 1) / (n - 1));
  const first = scope.call('mul.Scalar', start, size - 1);
  return scope.call('addcmul', first, step, range(scope, n, [1, n]));
}

export const CROP_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs, CropAndResizeAttrs>('CropAndResize', ({ image, boxes, boxInd }, attrs, scope) => {
    const [, H, W] = image.shape;
    const { cropSize, method, extrapolationValue } = attrs;
    const [h, w] = cropSize;
    const images = scope.to(scope.of(image), 'float32');
    const corner = (i: number): Handle => scope.call('narrow', scope.of(boxes), 1, i, 1);
    const y = scope.call('unsqueeze', positions(scope, corner(0), corner(2), H, h), 2); // [N, h, 1]
    const x = scope.call('unsqueeze', positions(scope, corner(1), corner(3), W, w), 1); // [N, 1, w]
    const which = scope.call('reshape', scope.to(scope.of(boxInd), 'int64'), [-1, 1, 1]);
    const read = (row: Handle, column: Handle): Handle => pixels(scope, images, which, row, column);
    const sampled =
      method === 'nearest' ? read(roundHalfUp(scope, y), roundHalfUp(scope, x)) : bilinear(scope, y, x, read);
    const isInside = scope.call('logical_and', isWithin(scope, y, H), isWithin(scope, x, W));
    return orElse(scope, isInside, sampled, extrapolationValue);
  }),
];
