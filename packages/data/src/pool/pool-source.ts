import type { DataSource, Split, Transform } from '@kdx/core';
import { digestOf } from '../digest.js';
import { arraySplit } from '../memory/array-split.js';
import { BYTE_TO_UNIT } from '../splits/bytes-to-unit.js';
import { checkIndex } from '../splits/split-view.js';
import type { Pool } from './open-pool.js';
import type { PoolEntry } from './pool-entry.js';
import { readInOrder } from './read-in-order.js';
import { type PoolSelection, selectEntries } from './select.js';

export interface PoolSourceOptions extends PoolSelection {
  /** Default `pool:` and the directory. */
  readonly name?: string;
  readonly augment?: readonly Transform[];
  /** Up to so many bytes of pixels are decoded at once and stay in memory; of more, each image when it is read. Default 1 GiB. */
  readonly memory?: number;
}

/**
 * A pool as training data: its images under the classes they were made to be. There is no validation or test split; those
 * should be real images. The digest is of hashes and labels, so it does not change with the place of the pool.
 * @throws KdxError `KDX_POOL_UNVERIFIED`, `KDX_POOL_EMPTY`, `KDX_POOL_BROKEN` for an image that is not the one that was made
 */
export async function poolSource(pool: Pool, options: PoolSourceOptions = {}): Promise<DataSource> {
  const { classNames, imageFormat, imageSize, mean, std } = pool.description;
  const entries = selectEntries(pool, options);
  const labels = Uint32Array.from(entries, ({ target }) => target);
  const hashes = entries.map(({ sha256 }) => sha256).join('\n');
  const bytes = entries.length * imageSize[0] * imageSize[1] * imageSize[2];
  const train =
    bytes <= (options.memory ?? 2 ** 30)
      ? arraySplit({ images: await readAll(pool, entries), labels }, imageSize)
      : lazySplit(pool, entries, labels);
  return {
    name: options.name ?? `pool:${pool.directory}`,
    // A JPEG is not the pixels that were hashed, so how it was made counts too.
    digest: digestOf(['pool', JSON.stringify(imageFormat), classNames.join('\n'), hashes, labels]),
    imageSize,
    mean,
    std,
    labelNames: classNames,
    train,
    augment: options.augment ?? [],
  };
}

async function readAll(pool: Pool, entries: readonly PoolEntry[]): Promise<Uint8Array> {
  const [height, width, channels] = pool.description.imageSize;
  const size = height * width * channels;
  const images = new Uint8Array(entries.length * size);
  let offset = 0;
  for await (const pixels of readInOrder(entries, pool.read)) {
    images.set(pixels, offset);
    offset += size;
  }
  return images;
}

const lazySplit = (pool: Pool, entries: readonly PoolEntry[], labels: Uint32Array): Split => ({
  length: entries.length,
  labels,
  async read(index, out) {
    checkIndex(index, entries.length);
    const pixels = await pool.read(entries[index]);
    for (let i = 0; i < pixels.length; i += 1) out[i] = BYTE_TO_UNIT[pixels[i]];
  },
});
