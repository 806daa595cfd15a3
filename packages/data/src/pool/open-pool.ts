import { missingBatches, missingImages } from './errors.js';
import type { NetworkIdentity, PoolDescription } from './format.js';
import { entriesOf, listImages } from './list-images.js';
import { batchesFolder, batchOfName, batchPath } from './paths.js';
import { entriesOfBatch, type PoolEntry, readPixels } from './pool-entry.js';
import { readBatch } from './read-batch.js';
import { readDescription } from './read-description.js';
import { readInOrder } from './read-in-order.js';

export interface OpenPoolOptions {
  /** Decode every image and hold a PNG's pixels against their hash, a JPEG's size against the pool's. Default false. */
  readonly checkPixels?: boolean;
}

/** A pool of images on disk, as it was when it was opened. */
export interface Pool {
  readonly directory: string;
  readonly description: PoolDescription;
  /** Finished batches. */
  readonly batches: number;
  /** The images that count, in the order of their keys (batch, place). */
  readonly entries: readonly PoolEntry[];
  /** Images that equalled one that was there already, and do not count. */
  readonly duplicates: number;
  /** The networks that scored images; none for a pool that was not verified. */
  readonly verifiers: readonly NetworkIdentity[];
  /** 8-bit pixels `[H, W, C]` of an image. @throws KdxError `KDX_POOL_BROKEN` */
  read(entry: PoolEntry): Promise<Uint8Array>;
}

/**
 * Opens the pool that `kdx synth` made. Images that no batch file lists do not exist.
 * @throws KdxError `KDX_POOL_MISSING`; `KDX_POOL_BROKEN` for metadata that is damaged or does not fit together, missing
 *   batches and missing or damaged images; `KDX_POOL_FORMAT` for a pool of a newer kdx
 */
export async function openPool(directory: string, options: OpenPoolOptions = {}): Promise<Pool> {
  const description = readDescription(directory);
  const numbers = entriesOf(batchesFolder(directory))
    .map(batchOfName)
    .filter((batch) => batch !== undefined)
    .sort((a, b) => a - b);
  const gap = numbers.findIndex((batch, i) => batch !== i);
  if (gap >= 0) {
    const last = numbers[numbers.length - 1];
    throw missingBatches(directory, batchPath(directory, gap), last + 1 - numbers.length);
  }

  const records = numbers.map((batch) => readBatch(directory, batch, description));
  const entries = records.flatMap((record) => entriesOfBatch(record, description));
  const files = listImages(directory);
  const missing = entries.filter(({ file }) => !files.has(file));
  if (missing.length > 0) throw missingImages(directory, missing[0].file, missing.length);

  const read = (entry: PoolEntry) => readPixels(directory, description, entry);
  if (options.checkPixels) for await (const _ of readInOrder(entries, read));
  const verifiers = new Map(
    records.flatMap(({ verifier }) => (verifier ? [[`${verifier.name} ${verifier.sha256}`, verifier]] : [])),
  );
  return {
    directory,
    description,
    batches: records.length,
    entries,
    duplicates: records.reduce((sum, { images }) => sum + images.length, 0) - entries.length,
    verifiers: [...verifiers.values()],
    read,
  };
}
