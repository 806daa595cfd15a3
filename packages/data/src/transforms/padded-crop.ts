import type { Transform } from '@kdx/core';
import { wrongTransform } from '../errors.js';

/** What stands outside an image: black, or its mirror image without the edge pixel. */
export type Padding = 'zero' | 'reflect';

/**
 * Pads an image by `padding` pixels on all sides and cuts a random window of its old size, as torchvision's
 * `RandomCrop(size, padding)` does. Padding is black in raw pixels, before normalisation. Draws two numbers per image,
 * the vertical shift first.
 * @throws KdxError `KDX_DATA_AUGMENT` unless `padding` is a whole number ≥ 0, and, for `reflect`, when an image is not
 *   larger than the padding.
 */
export function paddedCrop(padding = 4, mode: Padding = 'zero'): Transform {
  const name = mode === 'zero' ? `crop(${padding})` : `crop(${padding},${mode})`;
  if (!(Number.isSafeInteger(padding) && padding >= 0)) {
    throw wrongTransform(name, 'the padding is a whole number of pixels, e.g. crop(4)');
  }
  let before = new Float32Array(0);
  return {
    name,
    apply({ height, width, channels, data }, rng) {
      if (mode === 'reflect' && padding >= Math.min(height, width)) {
        throw wrongTransform(
          name,
          `${height}×${width} images can reflect at most ${Math.min(height, width) - 1} pixels`,
        );
      }
      const down = rng.integer(2 * padding + 1) - padding;
      const right = rng.integer(2 * padding + 1) - padding;
      if (before.length !== data.length) before = new Float32Array(data.length);
      before.set(data);
      const from = mode === 'zero' ? insideOrNone : reflected;
      for (let y = 0, o = 0; y < height; y += 1) {
        const row = from(y + down, height);
        for (let x = 0; x < width; x += 1) {
          const column = from(x + right, width);
          const source = row < 0 || column < 0 ? -1 : (row * width + column) * channels;
          for (let c = 0; c < channels; c += 1, o += 1) data[o] = source < 0 ? 0 : before[source + c];
        }
      }
    },
  };
}

const insideOrNone = (position: number, size: number): number => (position < size ? position : -1);

const reflected = (position: number, size: number): number => {
  const inside = Math.abs(position);
  return inside < size ? inside : 2 * (size - 1) - inside;
};
