import { existsSync, readdirSync } from 'node:fs';
import {
  type BatchRecord,
  batchesFolder,
  batchOfName,
  entriesOfBatch,
  type PoolDescription,
  type PoolEntry,
  readBatch,
  readInOrder,
  readPixels,
} from '@kdx/data';
import { isKdxError, type KdxError } from '@kdx/tensor';

/** What is whole of a pool on disk, and what is not. */
export interface ScannedBatches {
  /** Whole batches by number. */
  readonly whole: Map<number, BatchRecord>;
  /** Batches that have a file and must be made again, each with the error that says why. */
  readonly damaged: Map<number, KdxError>;
}

/** Batches that have a file, whole or not. */
export const batchesOnDisk = (directory: string): number[] =>
  existsSync(batchesFolder(directory))
    ? readdirSync(batchesFolder(directory))
        .map(batchOfName)
        .filter((batch) => batch !== undefined)
        .sort((a, b) => a - b)
    : [];

/**
 * Looks at every batch that has a file. A missing or damaged image makes its batch a damaged one.
 * @throws KdxError `KDX_POOL_FORMAT`, which making a batch again would not mend
 */
export async function scanBatches(directory: string, description: PoolDescription): Promise<ScannedBatches> {
  const whole = new Map<number, BatchRecord>();
  const damaged = new Map<number, KdxError>();
  for (const batch of batchesOnDisk(directory)) {
    try {
      const record = readBatch(directory, batch, description);
      const read = (entry: PoolEntry) => readPixels(directory, description, entry);
      for await (const _ of readInOrder(entriesOfBatch(record, description), read));
      whole.set(batch, record);
    } catch (error) {
      if (!isKdxError(error) || error.code !== 'KDX_POOL_BROKEN') throw error;
      damaged.set(batch, error);
    }
  }
  return { whole, damaged };
}
