import type { Image, ImageSize } from '@kdx/core';
import { BYTE_TO_UNIT } from '../splits/bytes-to-unit.js';
import type { ByteImage } from '../transforms/rand-augment/byte-image.js';
import { notANumber } from './errors.js';

/**
 * The nearest 8-bit pixels, halves away from zero, values outside [0, 1] clamped to it.
 * @throws KdxError `KDX_IMAGE_PIXEL` for a value that is not finite
 */
export function toBytes(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i += 1) {
    const value = values[i];
    if (!Number.isFinite(value)) throw notANumber(i, value);
    bytes[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
  }
  return bytes;
}

/** The image that 8-bit pixels stand for: v / 255. */
export const fromBytes = ({ height, width, channels, data }: ByteImage): Image => ({
  height,
  width,
  channels,
  data: Float32Array.from(data, (value) => BYTE_TO_UNIT[value]),
});

/** `32×48×3`, height first. */
export const sizeText = (size: ImageSize): string => size.join('×');
