import type { Transform } from '@kdx/core';
import { wrongTransform } from '../errors.js';

/**
 * Mirrors an image left to right with probability `p`. Draws one number per image.
 * @throws KdxError `KDX_DATA_AUGMENT` unless 0 ≤ p ≤ 1.
 */
export function flip(p = 0.5): Transform {
  const name = `flip(${p})`;
  if (!(p >= 0 && p <= 1)) throw wrongTransform(name, 'a probability is a number from 0 to 1');
  return {
    name,
    apply({ height, width, channels, data }, rng) {
      if (rng.uniform() >= p) return;
      for (let y = 0; y < height; y += 1) {
        let left = y * width * channels;
        let right = left + (width - 1) * channels;
        for (; left < right; left += channels, right -= channels) {
          for (let c = 0; c < channels; c += 1) {
            const kept = data[left + c];
            data[left + c] = data[right + c];
            data[right + c] = kept;
          }
        }
      }
    },
  };
}
