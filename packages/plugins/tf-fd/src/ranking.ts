import { detach } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { type Halves, halvesByRank, halvesByScore, ranksOf } from './halves.js';
import type { HostScore } from './salience/host-scores.js';
import type { Score } from './salience/scores.js';

/** Which channels of a layer teach which, at a step. */
export interface Ranking {
  /** @param maps `[B, H, W, C]`; no gradient passes through it */
  halves(maps: tf.Tensor4D, step: number): Halves;
  /** Ranks that a resumed run needs to continue as an uninterrupted one; undefined before the first ranking, or if none are kept. */
  ranks?: readonly number[];
}

/** Ranks again at every step, on the device. */
export const rankEveryStep = (score: Score): Ranking => ({
  halves: (maps) => halvesByScore(score(detach(maps))),
});

/** Ranks every `refresh` steps, on the host, and keeps the ranks in between. */
export class RankOnHost implements Ranking {
  #ranks: Int32Array | undefined;
  #step = -1;

  constructor(
    private readonly score: (maps: tf.Tensor4D) => ArrayLike<number>,
    private readonly refresh: number,
  ) {}

  halves(maps: tf.Tensor4D, step: number): Halves {
    const due = step % this.refresh === 0 && step !== this.#step;
    if (this.#ranks === undefined || due) {
      this.#ranks = ranksOf(this.score(detach(maps)));
      this.#step = step;
    }
    return halvesByRank(tf.tensor1d(this.#ranks, 'int32'));
  }

  get ranks(): readonly number[] | undefined {
    return this.#ranks && [...this.#ranks];
  }

  set ranks(ranks: readonly number[] | undefined) {
    this.#ranks = ranks && Int32Array.from(ranks);
  }
}

/** A device's score, read back. */
export const readBack =
  (score: Score) =>
  (maps: tf.Tensor4D): ArrayLike<number> =>
    tf.tidy(() => score(maps).dataSync());

/** A score that is computed on the host. */
export const onHost =
  (score: HostScore) =>
  (maps: tf.Tensor4D): ArrayLike<number> =>
    score(maps.dataSync() as Float32Array, maps.shape);
