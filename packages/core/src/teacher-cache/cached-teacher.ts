import type * as tf from '@tensorflow/tfjs';
import { download, type HostLogits, sameBits, type TeacherOutput, upload } from './logits.js';
import { type BatchPlace, LogitsStore, type LogitsStoreParts } from './logits-store.js';
import { type Forward, isPlaceFree } from './place-free.js';

/** A training batch as teachers see it. */
export interface TeacherBatch extends BatchPlace {
  /** `[B, H, W, C]` in [0, 1], not normalised. */
  readonly images: tf.Tensor4D;
}

/** Logits that lie on disk for a batch. */
export interface KeptLogits {
  readonly logits: HostLogits;
  /** Where they lie. */
  readonly folder: string;
}

/** What was done since it was last asked for. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly damaged: number;
  readonly secondsSaved: number;
}

const NOTHING = { hits: 0, savedImages: 0, misses: 0, damaged: 0, readSeconds: 0 };

/** One teacher behind its logits on disk: what it counts and what that saves. */
export class CachedTeacher {
  readonly #parts: LogitsStoreParts;
  readonly #store: LogitsStore;
  #counts = { ...NOTHING };
  /** Forwards of this run. The first has a back end's warm-up in it, and counts only as long as it is the only one. */
  #forwards = { seconds: 0, images: 0, first: true };
  /** Whether {@link agrees} was asked. */
  #tried = false;

  constructor(parts: LogitsStoreParts) {
    this.#parts = parts;
    this.#store = new LogitsStore(parts);
  }

  /** What is on disk; undefined when the teacher has to be run. */
  async read(batch: TeacherBatch): Promise<KeptLogits | undefined> {
    const begun = performance.now();
    const found = await this.#store.read(batch);
    this.#counts.readSeconds += secondsSince(begun);
    if ('logits' in found) return found;
    this.#counts.damaged += found.damaged;
    return undefined;
  }

  /** Whether what is on disk was not yet held against what the teacher gives, in this run. */
  get untried(): boolean {
    return !this.#tried;
  }

  /**
   * Whether what is on disk for a batch is what the teacher gave for it just now, bit for bit: a key knows values and
   * names, and not the code of a forward, of an augmentation or of a kernel.
   * @param begun when its forward began
   */
  async agrees(
    batch: TeacherBatch,
    kept: KeptLogits,
    output: TeacherOutput,
    begun: number,
  ): Promise<boolean> {
    this.#tried = true;
    const images = batch.indices.length;
    const logits = await download(output, this.#parts.teacher.spec, images);
    this.#measure(secondsSince(begun), images);
    if (!logits || !sameBits(logits, kept.logits)) return false;
    this.#counts.hits += 1;
    return true;
  }

  /** The tensors of what is on disk, in place of a forward. */
  take(batch: TeacherBatch, { logits }: KeptLogits): TeacherOutput {
    const begun = performance.now();
    const images = batch.indices.length;
    const output = upload(logits, this.#parts.teacher.spec, images);
    this.#counts.readSeconds += secondsSince(begun);
    this.#counts.hits += 1;
    this.#counts.savedImages += images;
    return output;
  }

  /**
   * Keeps what the teacher gave for a batch.
   * @param begun when its forward began
   * @returns whether it was just found that batches of this size can be kept by batch only
   */
  async write(batch: TeacherBatch, output: TeacherOutput, forward: Forward, begun: number): Promise<boolean> {
    this.#counts.misses += 1;
    const { spec } = this.#parts.teacher;
    const images = batch.indices.length;
    const logits = await download(output, spec, images);
    this.#measure(secondsSince(begun), images);
    if (!logits) return false;
    const asks = await this.#store.asksPlaceFree(images);
    const free = asks && (await isPlaceFree(batch.images, logits, spec, forward));
    if (asks) await this.#store.setPlaceFree(images, free);
    await this.#store.write(batch, logits);
    return asks && !free;
  }

  get damaged(): number {
    return this.#counts.damaged;
  }

  /** Undefined when nothing was asked. */
  async takeCounts(): Promise<CacheCounts | undefined> {
    const { hits, savedImages, misses, damaged, readSeconds } = this.#counts;
    this.#counts = { ...NOTHING };
    if (hits + misses === 0) return undefined;
    if (misses > 0) await this.#store.addStats({ secondsPerImage: this.#secondsPerImage() });
    const perImage = savedImages > 0 ? await this.#likelySecondsPerImage() : 0;
    return { hits, misses, damaged, secondsSaved: savedImages * perImage - readSeconds };
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Nothing is asked or taken before a forward of this run. */
  #secondsPerImage(): number {
    const { seconds, images } = this.#forwards;
    return seconds / images;
  }

  /** With one forward only, which had the warm-up in it, what earlier runs measured is the better figure if it is less. */
  async #likelySecondsPerImage(): Promise<number> {
    const measured = this.#secondsPerImage();
    const { secondsPerImage: earlier } = await this.#store.stats();
    const believed = this.#forwards.first && typeof earlier === 'number' && earlier > 0;
    return believed ? Math.min(measured, earlier) : measured;
  }

  #measure(seconds: number, images: number): void {
    const { first } = this.#forwards;
    if (first && this.#forwards.images > 0) this.#forwards = { seconds, images, first: false };
    else {
      this.#forwards.seconds += seconds;
      this.#forwards.images += images;
    }
  }
}

const secondsSince = (begun: number): number => (performance.now() - begun) / 1000;
