import type { Rng } from '@kdx/tensor';

/** What a sampler knows of the training images. */
export interface SampledData {
  readonly images: number;
  /** Class index of each image. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/** An epoch to choose an order for. */
export interface SampledEpoch extends SampledData {
  /** 0-based. */
  readonly epoch: number;
  /** Keyed by the run's seed and the epoch; the only source of randomness that a resume repeats. */
  readonly rng: Rng;
}

/**
 * Chooses which training images an epoch shows, and in which order. A plugin claims the slot `SAMPLER` in `configure()`;
 * without one an epoch shows each image once, shuffled or, with the setting `shuffle=false`, in the order of the data.
 */
export interface Sampler {
  /** With all options that change the order, e.g. `balanced(0.5)`: part of what identifies cached teacher logits. */
  readonly name: string;
  /** How many images an epoch shows, the same in every epoch. Default: as many as there are. */
  length?(data: SampledData): number;
  /**
   * So many positions in the training split, each in [0, images); one may stand there several times, and each of its
   * showings is augmented separately. Depends on nothing but its argument.
   */
  order(epoch: SampledEpoch): ArrayLike<number>;
}
