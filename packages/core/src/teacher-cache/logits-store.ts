import { dirname } from 'node:path';
import type { BackendInfo } from '@kdx/tensor';
import type { DataSource } from '../contracts/data.js';
import type { Model } from '../contracts/model.js';
import type { RunSettings } from '../settings/settings.js';
import { CacheFolder, type TeacherStats } from './cache-folder.js';
import { cacheKey, type RecordKind, teacherDigest } from './cache-key.js';
import { fromRows, type HostLogits, logitsPerImage, rowOf } from './logits.js';
import type { RecordFile } from './record-file.js';

/** Which batch. */
export interface BatchPlace {
  readonly epoch: number;
  /** Number of the batch within its epoch. */
  readonly number: number;
  /** Positions in the training split, `[B]`. */
  readonly indices: Int32Array;
}

export interface LogitsStoreParts {
  readonly directory: string;
  readonly teacher: Model;
  readonly data: DataSource;
  readonly settings: RunSettings;
  /** How the task changes images under the settings; null where it does not. */
  readonly mixing: object | null;
  readonly backend: BackendInfo;
  /** See {@link orderKey}; undefined for the usual order. */
  readonly order?: string;
}

/** Logits with the folder they lay in; or records that were there and are not what was written. */
export type Found = { readonly logits: HostLogits; readonly folder: string } | { readonly damaged: number };

interface Records {
  readonly kind: RecordKind;
  readonly file: RecordFile;
  readonly slots: ArrayLike<number>;
}

/**
 * Where the logits of one teacher lie, in a folder of its key:
 * - `samples-64.bin`: images that look the same in every epoch, by sample, one file for each batch size (libraries compute
 *   another size with other bits). Shared by all epochs and seeds.
 * - `epoch-0001.bin`: images that augmentation or mixing made, by batch. An (epoch, sample) stands at one place of one
 *   batch there, as the key holds the seed and the batch size; a whole batch is one read.
 */
export class LogitsStore {
  readonly #parts: LogitsStoreParts;
  /** What the images allow. */
  readonly #kind: RecordKind;
  readonly #folders = new Map<RecordKind, Promise<CacheFolder>>();
  readonly #placeFree = new Map<number, boolean>();
  #digest: Promise<string> | undefined;
  #stats: Promise<TeacherStats> | undefined;

  constructor(parts: LogitsStoreParts) {
    this.#parts = parts;
    this.#kind = parts.data.augment.length > 0 || parts.mixing !== null ? 'batch' : 'sample';
  }

  /** What was known when this run began. */
  stats(): Promise<TeacherStats> {
    this.#stats ??= this.#folder(this.#kind).then((folder) => folder.stats());
    return this.#stats;
  }

  async addStats(stats: TeacherStats): Promise<void> {
    await (await this.#folder(this.#kind)).addStats(stats);
  }

  /** Whether {@link setPlaceFree} must be called before a batch of this size can be written. */
  async asksPlaceFree(images: number): Promise<boolean> {
    return this.#kind === 'sample' && (await this.#isPlaceFree(images)) === undefined;
  }

  /** Where the place in the batch does decide bits, batches of this size are kept by batch. */
  async setPlaceFree(images: number, free: boolean): Promise<void> {
    this.#placeFree.set(images, free);
    await this.addStats({ placeFree: { [images]: free } });
  }

  async read(place: BatchPlace): Promise<Found> {
    const { indices } = place;
    const { spec } = this.#parts.teacher;
    const records = await this.#records(place);
    if (!records) return { damaged: 0 };
    const { kind, file, slots } = records;
    const values = logitsPerImage(spec) * (kind === 'batch' ? indices.length : 1);
    const found = await file.read(slots, values);
    const whole = found.filter((slot) => typeof slot === 'object');
    if (whole.length < found.length) return { damaged: found.filter((slot) => slot === 'damaged').length };
    return { logits: kind === 'batch' ? whole[0] : fromRows(whole, spec), folder: dirname(file.file) };
  }

  async write(place: BatchPlace, logits: HostLogits): Promise<void> {
    const { spec } = this.#parts.teacher;
    const records = await this.#records(place);
    if (!records) return;
    const { kind, file, slots } = records;
    await file.write(
      slots,
      kind === 'batch' ? [logits] : Array.from(slots, (_, image) => rowOf(logits, image, spec)),
    );
  }

  /** Closes all files; they open again when they are asked for. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#folders.values());
    await Promise.all(opened.map((result) => result.status === 'fulfilled' && result.value.close()));
  }

  /** Undefined as long as it is not known how a batch of this size can be kept. */
  async #records({ epoch, number, indices }: BatchPlace): Promise<Records | undefined> {
    const { teacher, settings } = this.#parts;
    const values = logitsPerImage(teacher.spec);
    const placeFree = this.#kind === 'sample' ? await this.#isPlaceFree(indices.length) : false;
    if (placeFree === undefined) return undefined;
    if (placeFree) {
      const folder = await this.#folder('sample');
      return { kind: 'sample', file: folder.file(`samples-${indices.length}.bin`, values), slots: indices };
    }
    const folder = await this.#folder('batch');
    const name = `epoch-${String(epoch + 1).padStart(4, '0')}.bin`;
    return { kind: 'batch', file: folder.file(name, values * settings.batch), slots: [number] };
  }

  async #isPlaceFree(images: number): Promise<boolean | undefined> {
    return this.#placeFree.get(images) ?? (await this.stats()).placeFree?.[images];
  }

  #folder(kind: RecordKind): Promise<CacheFolder> {
    let folder = this.#folders.get(kind);
    if (!folder) {
      folder = this.#open(kind);
      this.#folders.set(kind, folder);
    }
    return folder;
  }

  async #open(kind: RecordKind): Promise<CacheFolder> {
    this.#digest ??= teacherDigest(this.#parts.teacher);
    const key = cacheKey({ ...this.#parts, kind, teacherSha256: await this.#digest });
    return CacheFolder.open(this.#parts.directory, key);
  }
}
