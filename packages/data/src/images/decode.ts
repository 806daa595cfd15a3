import { readFile } from 'node:fs/promises';
import type { Image, ImageSize } from '@kdx/core';
import type { ByteImage } from '../transforms/rand-augment/byte-image.js';
import { codec } from './codec.js';
import { brokenImage, unreadableImage, wrongImageSize } from './errors.js';
import { fromBytes, sizeText } from './pixels.js';

export interface DecodeOptions {
  /** 3 for red, green, blue; 1 for grey. Default 3. */
  readonly channels?: 1 | 3;
  /** Height and width that the image must have, otherwise `KDX_IMAGE_SIZE`: nothing is scaled. Default any. */
  readonly expectedSize?: readonly [height: number, width: number];
  /** What errors call an image of bytes. Default the file's name. */
  readonly name?: string;
}

/**
 * Reads a PNG or JPEG, whatever its name says, as Pillow's `convert('RGB')` or `convert('L')` would: grey becomes three
 * equal channels, transparency is dropped, 16 bits become 8; colour profiles and the camera's orientation are not applied.
 * (CMYK, which some photos on the web are, is converted by colour management, which Pillow does not do.)
 * @param source a file, or the bytes of one
 * @returns `[H, W, C]`, 8 bits
 * @throws KdxError `KDX_IMAGE_MISSING`, `KDX_IMAGE_BROKEN` for one that is cut off, damaged or of another format,
 *   `KDX_IMAGE_SIZE`, `KDX_IMAGE_CODEC`
 */
export async function decodePixels(
  source: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<ByteImage> {
  const { channels = 3, expectedSize } = options;
  const name = options.name ?? (typeof source === 'string' ? `The image "${source}"` : 'The image');
  const bytes = typeof source === 'string' ? await readImageFile(source) : source;
  const format = formatOf(bytes);
  if (format === undefined) throw brokenImage(name, 'it starts like neither');
  const sharp = await codec();
  // `error` refuses pixels that are not there or do not make sense, and forgives what does not touch them.
  const decoded = await sharp(bytes, { failOn: 'error', ignoreIcc: true })
    .removeAlpha()
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw brokenImage(name, cause);
    });
  const { height, width } = decoded.info;
  const found: ImageSize = [height, width, decoded.info.channels];
  const wanted: ImageSize = [...(expectedSize ?? ([height, width] as const)), channels];
  if (found.some((side, axis) => side !== wanted[axis])) {
    throw wrongImageSize(name, sizeText(found), sizeText(wanted), 'scale it, or replace it by the right one');
  }
  return { height, width, channels, data: new Uint8Array(decoded.data) };
}

/** As {@link decodePixels}, in [0, 1]. */
export const decodeImage = async (source: string | Uint8Array, options?: DecodeOptions): Promise<Image> =>
  fromBytes(await decodePixels(source, options));

async function readImageFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unreadableImage(file, cause);
  }
}

// libvips reads much more than PNG and JPEG, SVG among it; a data set should not depend on what else it was built with.
const SIGNATURES = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff],
} as const;

export type ImageFormat = keyof typeof SIGNATURES;

/** What the first bytes say it is; PNG specification §5.2, ITU-T T.81 §B.1.1. */
const formatOf = (bytes: Uint8Array): ImageFormat | undefined =>
  (Object.keys(SIGNATURES) as ImageFormat[]).find((format) =>
    SIGNATURES[format].every((byte, i) => bytes[i] === byte),
  );
