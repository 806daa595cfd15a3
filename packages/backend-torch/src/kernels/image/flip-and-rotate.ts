import type { RotateWithOffsetAttrs, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { type KernelDefinition, kernel } from '../../runtime/kernel.js';

const OPAQUE = 255;

export const FLIP_AND_ROTATE_KERNELS: readonly KernelDefinition[] = [
  kernel<{ image: TensorInfo }>('FlipLeftRight', ({ image }, _, scope) =>
    scope.call('flip', scope.of(image), [2]),
  ),

  kernel<{ image: TensorInfo }, RotateWithOffsetAttrs>(
    'RotateWithOffset',
    ({ image }, { radians, fillValue, center }, scope) => {
      const [batch, height, width, channels] = image.shape;
      const [centreX, centreY] = tf.backend_util.getImageCenter(center, height, width);
      const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
      const source = new Int32Array(height * width);
      const isInside = new Uint8Array(height * width);
      for (let pixel = 0; pixel < source.length; pixel++) {
        const [x, y] = [(pixel % width) - centreX, Math.floor(pixel / width) - centreY];
        const column = Math.round(x * cos - y * sin + centreX);
        const row = Math.round(x * sin + y * cos + centreY);
        if (column < 0 || column >= width || row < 0 || row >= height) continue;
        source[pixel] = row * width + column;
        isInside[pixel] = 1;
      }
      const fills = Float32Array.from({ length: channels }, (_, channel) => {
        if (typeof fillValue === 'number') return fillValue;
        return channel === 3 ? OPAQUE : fillValue[channel];
      });
      const pixels = scope.call('reshape', scope.of(image), [batch, height * width, channels]);
      const rotated = scope.call(
        'where.self',
        scope.upload(isInside, [height * width, 1], 'bool'),
        scope.call('index_select', pixels, 1, scope.upload(source, [height * width], 'int32')),
        scope.upload(fills, [channels], 'float32'),
      );
      return { handle: scope.call('reshape', rotated, image.shape), dtype: image.dtype };
    },
  ),
];
