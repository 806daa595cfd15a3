import type { HostBatch } from '../contracts/batch.js';
import type { DataSource } from '../contracts/data.js';
import type { Sampler } from '../contracts/sampler.js';
import { type RunRng } from '../contracts/slot.js';
import type { Task } from '../contracts/task.js';
import { applyTransform, readImage } from '../expected/checked-source.js';
import type { RunSettings } from '../settings/settings.js';
import { EpochOrder, type ShownImage } from './epoch-order.js';

export interface BatchParts {
  readonly data: DataSource;
  readonly settings: RunSettings;
  readonly rng: RunRng;
  readonly sampler: Sampler | undefined;
  /** What makes targets of labels. */
  readonly task: Pick<Task, 'collate'>;
}

/**
 * Makes any batch of any epoch from nothing but its number: order, augmentation and mixing are keyed by (seed, purpose,
 * epoch, sample), and by the repeat where the setting `repeats` shows a sample more than once, so a resumed run sees what
 * the uninterrupted one saw.
 */
export class BatchLoader {
  readonly #data: DataSource;
  readonly #settings: RunSettings;
  readonly #rng: RunRng;
  readonly #order: EpochOrder;
  readonly #task: Pick<Task, 'collate'>;

  constructor(parts: BatchParts) {
    this.#data = parts.data;
    this.#settings = parts.settings;
    this.#rng = parts.rng;
    this.#order = new EpochOrder(parts);
    this.#task = parts.task;
  }

  /** Batches of one forward in an optimiser step; the last step of an epoch may have fewer. */
  microBatches(stepInEpoch: number): number {
    const { batch, accumulate, dropLast } = this.#settings;
    const left = this.#order.showings - stepInEpoch * batch * accumulate;
    const count = Math.min(accumulate, dropLast ? Math.floor(left / batch) : Math.ceil(left / batch));
    return Math.max(1, count);
  }

  /**
   * Samples of micro-batch `micro` of a step, in the order of the epoch; with `repeats`, or by a sampler, some more than once.
   */
  indices(epoch: number, stepInEpoch: number, micro: number): Int32Array {
    return Int32Array.from(this.shown(epoch, stepInEpoch, micro), ({ index }) => index);
  }

  /** As {@link indices}, with which of its showings each is. */
  shown(epoch: number, stepInEpoch: number, micro: number): ShownImage[] {
    const start = this.#start(stepInEpoch, micro);
    const count = Math.max(0, Math.min(this.#settings.batch, this.#order.showings - start));
    return Array.from({ length: count }, (_, row) => this.#order.at(epoch, start + row));
  }

  /** The batch, augmented, with the task's targets. */
  async load(epoch: number, stepInEpoch: number, micro: number): Promise<HostBatch> {
    const { batch, accumulate } = this.#settings;
    const { imageSize, train } = this.#data;
    const [height, width, channels] = imageSize;
    const size = height * width * channels;
    const shown = this.shown(epoch, stepInEpoch, micro);
    const indices = Int32Array.from(shown, ({ index }) => index);
    const images = new Float32Array(indices.length * size);
    const labels = new Int32Array(indices.length);
    for (let row = 0; row < indices.length; row++) {
      const { index, repeat } = shown[row];
      await this.image(epoch, index, images.subarray(row * size, (row + 1) * size), repeat);
      labels[row] = train.labels[index];
    }
    const targets = this.#task.collate({
      images,
      shape: [indices.length, height, width, channels],
      labels,
      data: this.#data,
      settings: this.#settings,
      rng: (purpose) => this.#rng(purpose, epoch, stepInEpoch * accumulate + micro, batch),
    });
    return { indices, images, labels, targets };
  }

  /**
   * One image as an epoch sees it, augmented and not mixed: `H · W · C` values, in `out` where one is given.
   * @param repeat which of its showings in the epoch, from 0
   */
  async image(epoch: number, index: number, out?: Float32Array, repeat = 0): Promise<Float32Array> {
    const { imageSize, train, augment } = this.#data;
    const [height, width, channels] = imageSize;
    const data = out ?? new Float32Array(height * width * channels);
    await readImage(train, index, data);
    if (augment.length === 0) return data;
    // The first showing keeps the key that it has without repeats.
    const rng =
      repeat === 0 ? this.#rng('augment', epoch, index) : this.#rng('augment', epoch, index, repeat);
    for (const transform of augment) applyTransform(transform, { height, width, channels, data }, rng);
    return data;
  }

  /** Position in the epoch of the first image of a micro-batch. */
  #start(stepInEpoch: number, micro: number): number {
    const { batch, accumulate } = this.#settings;
    return (stepInEpoch * accumulate + micro) * batch;
  }
}
