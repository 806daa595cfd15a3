import type { ImageSize, Normalization, Split } from '@kdx/core';

/** Adds up pixels and tells their mean and (population) standard deviation per channel. */
export class ChannelStatistics {
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  #pixels = 0;

  constructor(channels: number) {
    this.#sum = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** `pixels` is any number of `[…, C]` values. */
  add(pixels: ArrayLike<number>): void {
    const channels = this.#sum.length;
    for (let i = 0; i < pixels.length; i += channels) {
      for (let c = 0; c < channels; c += 1) {
        const value = pixels[i + c];
        this.#sum[c] += value;
        this.#squares[c] += value * value;
      }
    }
    this.#pixels += pixels.length / channels;
  }

  result(): Normalization {
    const mean = Array.from(this.#sum, (sum) => sum / this.#pixels);
    const std = Array.from(this.#squares, (squares, c) =>
      // Rounding can leave a constant channel a hair below zero.
      Math.sqrt(Math.max(0, squares / this.#pixels - mean[c] ** 2)),
    );
    return { mean, std };
  }
}

/** Mean and standard deviation per channel over all pixels of a split, in [0, 1]; reads every image once. */
export async function measureStatistics(split: Split, imageSize: ImageSize): Promise<Normalization> {
  const [height, width, channels] = imageSize;
  const statistics = new ChannelStatistics(channels);
  const image = new Float32Array(height * width * channels);
  for (let i = 0; i < split.length; i += 1) {
    await split.read(i, image);
    statistics.add(image);
  }
  return statistics.result();
}
