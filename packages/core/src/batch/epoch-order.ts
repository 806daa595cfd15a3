import type { DataSource } from '../contracts/data.js';
import type { SampledEpoch, Sampler } from '../contracts/sampler.js';
import type { RunRng } from '../contracts/slot.js';
import type { RunSettings } from '../settings/settings.js';
import { epochShowings, showingAt } from './repeated-augmentation.js';
import { sequential, shuffled } from './samplers.js';

/** One image as an epoch shows it. */
export interface ShownImage {
  /** Position in the training split. */
  readonly index: number;
  /** Which of the image's showings in the epoch, from 0; each is augmented anew. */
  readonly repeat: number;
}

type OrderSettings = Pick<
  RunSettings,
  'shuffle' | 'repeats' | 'repeatRound' | 'repeatRatio' | 'ranks' | 'rank'
>;

interface OrderParts {
  readonly data: Pick<DataSource, 'train' | 'labelNames'>;
  readonly settings: OrderSettings;
  readonly rng: RunRng;
  /** A plugin's, already checked; without one the setting `shuffle` decides. */
  readonly sampler?: Sampler;
}

/** The sampler's order of one epoch. */
interface Order {
  readonly epoch: number;
  readonly indices: ArrayLike<number>;
  /** How often the image of each place stood before it; undefined where each stands once. */
  readonly earlier: Int32Array | undefined;
}

/** The images of every epoch, in order: what the sampler chooses, repeated and dealt to this rank. */
export class EpochOrder {
  /** Images that this run shows in an epoch, repeats included. */
  readonly showings: number;
  readonly #parts: OrderParts;
  readonly #sampler: Sampler;
  /** Entries of the sampler's order. */
  readonly #length: number;
  #current: Order | undefined;

  constructor(parts: OrderParts) {
    this.#parts = parts;
    this.#sampler = parts.sampler ?? (parts.settings.shuffle ? shuffled : sequential);
    this.#length = this.#sampler.length?.(this.#sampled(0)) ?? parts.data.train.length;
    this.showings = epochShowings(this.#length, parts.settings);
  }

  /** The `position`-th image that this run shows in an epoch. */
  at(epoch: number, position: number): ShownImage {
    const { repeats, ranks, rank } = this.#parts.settings;
    const { indices, earlier } = this.#order(epoch);
    const { place, repeat } = showingAt(position, { images: this.#length, repeats, rank, world: ranks });
    return { index: indices[place], repeat: (earlier?.[place] ?? 0) * repeats + repeat };
  }

  /** An epoch as its sampler is asked for it. */
  #sampled(epoch: number): SampledEpoch {
    const { data, rng } = this.#parts;
    return sampledEpoch(data, rng, epoch);
  }

  #order(epoch: number): Order {
    if (this.#current?.epoch !== epoch) {
      const indices = this.#sampler.order(this.#sampled(epoch));
      // Built-in orders show each image once.
      const earlier = this.#parts.sampler && earlierShowings(indices, this.#parts.data.train.length);
      this.#current = { epoch, indices, earlier };
    }
    return this.#current;
  }
}

export const sampledEpoch = (
  { train, labelNames }: OrderParts['data'],
  rng: RunRng,
  epoch: number,
): SampledEpoch => ({
  epoch,
  images: train.length,
  labels: train.labels,
  classes: labelNames.length,
  rng: rng('order', epoch),
});

/** How often the image of each place stood before it in the order. */
function earlierShowings(indices: ArrayLike<number>, images: number): Int32Array {
  const seen = new Int32Array(images);
  return Int32Array.from({ length: indices.length }, (_, place) => seen[indices[place]]++);
}
