import type { ImageSize } from '@kdx/core';
import type { Sharp } from 'sharp';
import { codec } from './codec.js';
import { wrongImageSize, wrongQuality } from './errors.js';
import { sizeText } from './pixels.js';

/**
 * A PNG of 8-bit pixels; lossless.
 * @param pixels `[H, W, C]`, C 1 or 3
 * @throws KdxError `KDX_IMAGE_SIZE` when pixels and size do not fit each other, `KDX_IMAGE_CODEC`
 */
export async function encodePng(pixels: Uint8Array, size: ImageSize): Promise<Uint8Array> {
  return (await raw(pixels, size)).png({ compressionLevel: 9 }).toBuffer();
}

/**
 * A JPEG of 8-bit pixels, its colours at full resolution (4:4:4), which small images need.
 * @param pixels `[H, W, C]`, C 1 or 3
 * @param quality whole, 1–100
 * @throws KdxError `KDX_IMAGE_QUALITY`, `KDX_IMAGE_SIZE`, `KDX_IMAGE_CODEC`
 */
export async function encodeJpeg(pixels: Uint8Array, size: ImageSize, quality: number): Promise<Uint8Array> {
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) throw wrongQuality(quality);
  return (await raw(pixels, size)).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

async function raw(pixels: Uint8Array, size: ImageSize): Promise<Sharp> {
  const [height, width, channels] = size;
  if (channels !== 1 && channels !== 3) {
    throw wrongImageSize('An image', sizeText(size), '1 or 3 channels', 'name imageSize as [H, W, C]');
  }
  if (pixels.length === 0 || pixels.length !== height * width * channels) {
    const remedy = 'check imageSize';
    throw wrongImageSize(
      'An array of pixels',
      `${pixels.length} bytes`,
      `an image of ${sizeText(size)}`,
      remedy,
    );
  }
  const sharp = await codec();
  const image = sharp(pixels, { raw: { width, height, channels } });
  return channels === 1 ? image.toColourspace('b-w') : image;
}
