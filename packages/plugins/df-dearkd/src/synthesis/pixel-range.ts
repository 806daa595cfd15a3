import type { Normalization } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';

/** What pixels may be, [0, 1] for real images, in a network's normalised space and back. */
export class PixelRange {
  readonly #mean: tf.Tensor1D;
  readonly #std: tf.Tensor1D;
  /** (lowest − mean) / std and (highest − mean) / std of each channel (golden case G15). */
  readonly #lowest: tf.Tensor1D;
  readonly #highest: tf.Tensor1D;

  /** @param range before normalisation; default [0, 1] */
  constructor({ mean, std }: Normalization, [lowest, highest]: readonly [number, number] = [0, 1]) {
    this.#mean = tf.tensor1d([...mean]);
    this.#std = tf.tensor1d([...std]);
    this.#lowest = tf.tensor1d(mean.map((m, c) => (lowest - m) / std[c]));
    this.#highest = tf.tensor1d(mean.map((m, c) => (highest - m) / std[c]));
  }

  /** `[B, H, W, C]`, normalised: each channel held in its range. */
  clamp(images: tf.Tensor4D): tf.Tensor4D {
    return tf.minimum(tf.maximum(images, this.#lowest), this.#highest);
  }

  /** Normalised images as `B · H · W · C` values in [0, 1] on the host. */
  async toHost(images: tf.Tensor4D): Promise<Float32Array> {
    const plain = tf.tidy(() => tf.clipByValue(tf.add(tf.mul(images, this.#std), this.#mean), 0, 1));
    try {
      return (await plain.data()).slice() as Float32Array;
    } finally {
      plain.dispose();
    }
  }

  dispose(): void {
    for (const tensor of [this.#mean, this.#std, this.#lowest, this.#highest]) tensor.dispose();
  }
}
