import type { Image } from '@kdx/core';
import { notAnImage } from '../../errors.js';
import { BYTE_TO_UNIT } from '../../splits/bytes-to-unit.js';

/** One image of 8-bit pixels, `[H, W, C]`. Operations never change the one they are given. */
export interface ByteImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * The nearest 8-bit image; images that were 8-bit are met exactly.
 * @throws KdxError `KDX_DATA_AUGMENT` for a value that is more than half a step outside [0, 1], or is no number.
 */
export function toBytes({ height, width, channels, data }: Image, transform: string): ByteImage {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 1) {
    const value = Math.round(255 * data[i]);
    if (!(value >= 0 && value <= 255)) throw notAnImage(transform, data[i]);
    bytes[i] = value;
  }
  return { height, width, channels, data: bytes };
}

/** Writes `bytes / 255` into `out`. */
export function toUnit({ data }: ByteImage, out: Float32Array): void {
  for (let i = 0; i < data.length; i += 1) out[i] = BYTE_TO_UNIT[data[i]];
}
