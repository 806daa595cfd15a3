import type * as tf from '@tensorflow/tfjs';
import { download, type TeacherOutput, upload } from './logits.js';
import { type BatchPlace, LogitsStore, type LogitsStoreParts } from './logits-store.js';
import { type Forward, isPlaceFree } from './place-free.js';

/** A training batch as teachers see it. */
export interface TeacherBatch extends BatchPlace {
  /** `[B, H, W, C]` in [0, 1], not normalised. */
  readonly images: tf.Tensor4D;
}

/** What was done since it was last asked for. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly damaged: number;
  readonly secondsSaved: number;
}

const NOTHING = { hits: 0, hitImages: 0, misses: 0, damaged: 0, readSeconds: 0 };

/** One teacher behind its logits on disk: what it counts and what that saves. */
export class CachedTeacher {
  readonly #parts: LogitsStoreParts;
  readonly #store: LogitsStore;
  #counts = { ...NOTHING };
  /** Forwards of this run. The first has a back end's warm-up in it, and counts only as long as it is the only one. */
  #forwards = { seconds: 0, images: 0, first: true };

  constructor(parts: LogitsStoreParts) {
    this.#parts = parts;
    this.#store = new LogitsStore(parts);
  }

  /** Logits from disk; undefined when the teacher has to be run. */
  async read(batch: TeacherBatch): Promise<TeacherOutput | undefined> {
    const begun = performance.now();
    const found = await this.#store.read(batch);
    const hit = 'logits' in found;
    const output = hit ? upload(found.logits, this.#parts.teacher.spec, batch.indices.length) : undefined;
    this.#counts.readSeconds += secondsSince(begun);
    if (hit) {
      this.#counts.hits += 1;
      this.#counts.hitImages += batch.indices.length;
    } else this.#counts.damaged += found.damaged;
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
    const { hits, hitImages, misses, damaged, readSeconds } = this.#counts;
    this.#counts = { ...NOTHING };
    if (hits + misses === 0) return undefined;
    const { seconds, images } = this.#forwards;
    if (misses > 0 && images > 0) await this.#store.addStats({ secondsPerImage: seconds / images });
    const perImage = images > 0 ? seconds / images : ((await this.#store.stats()).secondsPerImage ?? 0);
    return { hits, misses, damaged, secondsSaved: hitImages * perImage - readSeconds };
  }

  close(): Promise<void> {
    return this.#store.close();
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
