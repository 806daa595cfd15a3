/** Mean and population variance per channel. */
export interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * Mean and population variance per channel of values that come in batches, as if they had come in one: means and sums of
 * squares are joined pairwise in float64 (Chan, Golub and LeVeque 1979, eq. 2.1), which loses nothing where a plain sum of
 * squares would cancel.
 */
export class StreamingMoments {
  #count = 0;
  readonly #mean: Float64Array;
  /** Σ (x − mean)². */
  readonly #squares: Float64Array;

  constructor(channels: number) {
    this.#mean = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /**
   * Adds `count` values of each channel.
   * @param mean `[C]`
   * @param variance population variance, `[C]`
   */
  add(count: number, mean: ArrayLike<number>, variance: ArrayLike<number>): void {
    const total = this.#count + count;
    for (let c = 0; c < this.#mean.length; c += 1) {
      const shift = mean[c] - this.#mean[c];
      this.#mean[c] += (shift * count) / total;
      this.#squares[c] += variance[c] * count + (shift * shift * this.#count * count) / total;
    }
    this.#count = total;
  }

  result(): Moments {
    return { mean: this.#mean, variance: this.#squares.map((sum) => sum / this.#count) };
  }
}

/**
 * One layer's part of R_BN (spec of DF-DearKD §3.2): ‖μ − μ'‖₂ + ‖σ² − σ²'‖₂ over channels, not squared.
 */
export const momentsDistance = (
  a: { readonly mean: ArrayLike<number>; readonly variance: ArrayLike<number> },
  b: { readonly mean: ArrayLike<number>; readonly variance: ArrayLike<number> },
): number => euclidean(a.mean, b.mean) + euclidean(a.variance, b.variance);

function euclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
