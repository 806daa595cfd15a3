import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BatchImage,
  type BatchRecord,
  batchPath,
  entriesOfBatch,
  imageFile,
  type NetworkIdentity,
  POOL_FORMAT,
  type PoolDescription,
  type PoolEntry,
  pixelHash,
  poolDescription,
  poolPath,
  readDescription,
  readPixels,
  type Score,
  toBytes,
} from '@kdx/data';
import { type KdxError, writeFailure, writeJson } from '@kdx/tensor';
import { differences } from './differences.js';
import { noDescription, poolExists, poolMismatch, wrongBatch, wrongDescription } from './errors.js';
import { encoded } from './image-format.js';
import { checkNewBatch, type NewImage } from './new-batch.js';
import { batchesOnDisk, scanBatches } from './scan-batches.js';
import { writeImage } from './write-image.js';

export type { NewImage } from './new-batch.js';

export interface PoolWriterOptions {
  /** Continue a pool that is there already. False refuses one. */
  readonly resume: boolean;
}

export interface WrittenBatch {
  /** Images that count. */
  readonly images: number;
  /** Images that equalled one of the pool, or one before them in the batch. */
  readonly duplicates: number;
}

/**
 * Fills a pool batch by batch. A batch exists from the moment its JSON file does, which is written when all its images are
 * on disk: a process may be killed at any time, and what it leaves of a batch is overwritten when that is made again.
 * One process at a time; the caller holds the pool's lock.
 */
export class PoolWriter {
  readonly #batches: Map<number, BatchRecord>;
  /** Files by the hash of their pixels. */
  readonly #files = new Map<string, string>();

  private constructor(
    readonly directory: string,
    readonly description: PoolDescription,
    whole: Map<number, BatchRecord>,
    /** Batches that were on disk and are to be made again, each with the error that says why. */
    readonly damaged: ReadonlyMap<number, KdxError>,
  ) {
    this.#batches = whole;
    for (const entry of this.entries()) this.#files.set(entry.sha256, entry.file);
  }

  /**
   * Makes a pool, or continues one, after a look at every image of it: a batch of which anything is missing or damaged is no
   * longer there. Classes of a pool keep the names they have.
   * @throws KdxError `KDX_POOL_EXISTS` without `resume`, `KDX_POOL_MISMATCH` when something else made it,
   *   `KDX_POOL_DESCRIPTION`, `KDX_POOL_BROKEN`, `KDX_POOL_FORMAT`, `KDX_WRITE_FAILED`
   */
  static async open(
    directory: string,
    description: PoolDescription,
    { resume }: PoolWriterOptions,
  ): Promise<PoolWriter> {
    const checked = poolDescription.safeParse(description);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      throw wrongDescription(issue.path.join('.'), issue.message);
    }
    const there = existsSync(poolPath(directory)) ? readDescription(directory) : undefined;
    if (there) {
      if (!resume) throw poolExists(directory);
      // What classes are called decides no image, and may be known to one call and not to another.
      const found = differences(there, { ...checked.data, classNames: there.classNames });
      if (found.length > 0) throw poolMismatch(directory, found);
    } else {
      if (batchesOnDisk(directory).length > 0) throw noDescription(directory);
      writeJson(poolPath(directory), { format: POOL_FORMAT, ...checked.data });
    }
    const made = there ?? checked.data;
    const { whole, damaged } = await scanBatches(directory, made);
    return new PoolWriter(directory, made, whole, damaged);
  }

  /** The first batch that is not whole. */
  nextBatch(): number {
    let batch = 0;
    while (this.#batches.has(batch)) batch += 1;
    return batch;
  }

  /** Numbers of the whole batches, ascending. */
  get batches(): readonly number[] {
    return [...this.#batches.keys()].sort((a, b) => a - b);
  }

  /** The images of a whole batch that count, or of all, in the order of their keys. */
  entries(batch?: number): PoolEntry[] {
    const batches = batch === undefined ? this.batches : [batch];
    return batches.flatMap((number) => entriesOfBatch(this.#record(number), this.description));
  }

  /** The network that scored a batch, if one did. */
  verifierOf(batch: number): NetworkIdentity | undefined {
    return this.#record(batch).verifier;
  }

  /** 8-bit pixels `[H, W, C]` of an image. */
  read(entry: PoolEntry): Promise<Uint8Array> {
    return readPixels(this.directory, this.description, entry);
  }

  /**
   * Writes the images of a batch, then its metadata. An image whose 8-bit pixels the pool has already is noted and not
   * written.
   * @param images `[N, H, W, C]` in [0, 1]; values outside are clamped
   * @param metadata one of each image
   * @param verifier who gave the scores `verified`
   * @throws KdxError `KDX_POOL_BATCH`, `KDX_IMAGE_PIXEL` for NaN, `KDX_WRITE_FAILED`, after which the pool is as it was
   */
  async writeBatch(
    batch: number,
    images: Float32Array,
    metadata: readonly NewImage[],
    verifier?: NetworkIdentity,
  ): Promise<WrittenBatch> {
    const { imageFormat, imageSize } = this.description;
    const size = imageSize[0] * imageSize[1] * imageSize[2];
    if (this.#batches.has(batch)) throw wrongBatch(batch, 'it is there already', 'go on with nextBatch()');
    checkNewBatch(this.description, { batch, values: images.length, metadata, verifier });
    const pixels = toBytes(images);
    // What lists the images of a damaged batch must not outlive them.
    this.#remove(batchPath(this.directory, batch));

    const added = new Map<string, string>();
    const written: BatchImage[] = [];
    for (const [place, { target, inverted, verified }] of metadata.entries()) {
      const bytes = pixels.subarray(place * size, (place + 1) * size);
      const sha256 = pixelHash(bytes);
      const file = imageFile(target, batch, place, imageFormat);
      const duplicateOf = this.#files.get(sha256) ?? added.get(sha256);
      written.push({ place, target, sha256, inverted, verified, duplicateOf });
      if (duplicateOf !== undefined) {
        // A killed process may have written one here, before the pool had its equal.
        this.#remove(join(this.directory, file));
        continue;
      }
      await writeImage(join(this.directory, file), await encoded(bytes, imageSize, imageFormat));
      added.set(sha256, file);
    }
    this.#writeRecord({ batch, verifier, images: written });
    for (const [sha256, file] of added) this.#files.set(sha256, file);
    return { images: added.size, duplicates: written.length - added.size };
  }

  /**
   * Scores a batch that was written without a verifier, or with another.
   * @param scores one of each image of the batch that counts, in the order of {@link PoolWriter.entries}
   * @throws KdxError `KDX_POOL_BATCH`, `KDX_WRITE_FAILED`, after which the old scores stand
   */
  updateScores(batch: number, verifier: NetworkIdentity, scores: readonly Score[]): void {
    const record = this.#record(batch);
    const counted = record.images.filter(({ duplicateOf }) => duplicateOf === undefined);
    if (scores.length !== counted.length) {
      const why = `it has ${counted.length} images and was given ${scores.length} scores`;
      throw wrongBatch(batch, why, 'give one of each image that counts');
    }
    const verified = new Map(counted.map(({ place }, i) => [place, scores[i]]));
    const images = record.images.map((image) => ({ ...image, verified: verified.get(image.place) }));
    this.#writeRecord({ batch, verifier, images });
  }

  #record(batch: number): BatchRecord {
    const record = this.#batches.get(batch);
    if (record === undefined) throw wrongBatch(batch, 'it was not made yet', 'write it first');
    return record;
  }

  #writeRecord(record: BatchRecord): void {
    writeJson(batchPath(this.directory, record.batch), { format: POOL_FORMAT, ...record });
    this.#batches.set(record.batch, record);
  }

  #remove(file: string): void {
    try {
      rmSync(file, { force: true });
    } catch (cause) {
      throw writeFailure(file, cause);
    }
  }
}
