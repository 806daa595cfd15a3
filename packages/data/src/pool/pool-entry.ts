import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isKdxError, messageOf } from '@kdx/tensor';
import { decodePixels } from '../images/decode.js';
import { wrongImage } from './errors.js';
import type { BatchImage, BatchRecord, PoolDescription } from './format.js';
import { imageFile } from './paths.js';

/** An image of a pool that counts, with its metadata. */
export interface PoolEntry extends Omit<BatchImage, 'duplicateOf'> {
  readonly batch: number;
  /** Path in the pool, with slashes. */
  readonly file: string;
}

/** SHA-256 in hex of an image's 8-bit pixels. */
export const pixelHash = (pixels: Uint8Array): string => createHash('sha256').update(pixels).digest('hex');

/** The images of a batch that count, in the order of their places. */
export const entriesOfBatch = (
  { batch, images }: BatchRecord,
  { imageFormat }: PoolDescription,
): PoolEntry[] =>
  images
    .filter(({ duplicateOf }) => duplicateOf === undefined)
    .map(({ duplicateOf: _, ...image }) => ({
      ...image,
      batch,
      file: imageFile(image.target, batch, image.place, imageFormat),
    }));

/**
 * Reads an image of a pool. A PNG must hold the very pixels that were made; those of a JPEG are only near them, so of it
 * just the size is held against the pool.
 * @returns `[H, W, C]`, 8 bits
 * @throws KdxError `KDX_POOL_BROKEN` with the file's name
 */
export async function readPixels(
  directory: string,
  { imageSize, imageFormat }: PoolDescription,
  entry: PoolEntry,
): Promise<Uint8Array> {
  const [height, width, channels] = imageSize;
  const file = join(directory, entry.file);
  const { data } = await decodePixels(file, { expectedSize: [height, width], channels, name: 'it' }).catch(
    (cause: unknown) => {
      if (!isKdxError(cause) || cause.code === 'KDX_IMAGE_CODEC') throw cause;
      // The sentence's own remedy gives way to the pool's.
      throw wrongImage(file, messageOf(cause).replace(/; [^;]*\.$/, ''), cause);
    },
  );
  if (imageFormat.type === 'png' && pixelHash(data) !== entry.sha256) {
    throw wrongImage(file, 'its pixels have another SHA-256');
  }
  return data;
}
