import type { ImageSize } from '@kdx/core';
import { wrongImageSize } from '../errors.js';
import type { ModelDefinition } from './definition.js';

/**
 * Input size: `?img=` on the name > the data's > the weights file's > the definition's. Channels are the data's, else
 * the file's, else the definition's.
 *
 * @throws KdxError `KDX_MODEL_IMAGE_SIZE` when the name says a size and the data has another: growing or shrinking it in
 *   silence would change the model, and kdx does not resize images.
 */
export function resolveImageSize(
  definition: Pick<ModelDefinition, 'imageSize' | 'fixedSize'>,
  name: string,
  sources: { said?: readonly [number, number]; data?: ImageSize; file?: ImageSize },
): ImageSize {
  const { said, data, file } = sources;
  const own = definition.imageSize ?? ([32, 32, 3] as const);
  const channels = data?.[2] ?? file?.[2] ?? own[2];
  if (said) {
    if (data && (data[0] !== said[0] || data[1] !== said[1]))
      throw wrongImageSize(name, [...said, channels], data);
    return [said[0], said[1], channels];
  }
  if (!definition.fixedSize) {
    const [height, width] = data ?? file ?? own;
    return [height, width, channels];
  }
  if (data && (data[0] !== own[0] || data[1] !== own[1])) throw wrongImageSize(name, own, data);
  return [own[0], own[1], channels];
}
