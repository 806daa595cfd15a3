import type { ImageSize } from '@kdx/core';
import { decodePixels, encodeJpeg, encodePng, type PoolImageFormat } from '@kdx/data';

/** An image file of 8-bit pixels `[H, W, C]`. */
export const encoded = (pixels: Uint8Array, size: ImageSize, format: PoolImageFormat): Promise<Uint8Array> =>
  format.type === 'png' ? encodePng(pixels, size) : encodeJpeg(pixels, size, format.quality);

/**
 * Images as their files will give them back: a JPEG's pixels are only near those it was made of.
 * @param pixels `[N, H, W, C]`, 8 bits
 */
export async function asSaved(
  pixels: Uint8Array,
  size: ImageSize,
  format: PoolImageFormat,
): Promise<Uint8Array> {
  if (format.type === 'png') return pixels;
  const [height, width, channels] = size;
  const one = height * width * channels;
  const saved = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += one) {
    const file = await encoded(pixels.subarray(start, start + one), size, format);
    const { data } = await decodePixels(file, { expectedSize: [height, width], channels: channels as 1 | 3 });
    saved.set(data, start);
  }
  return saved;
}
