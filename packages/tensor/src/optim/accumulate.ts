import * as tf from '@tensorflow/tfjs';

/** Sums the gradients of several forwards into those of one optimiser step. Keys are the caller's, e.g. variable names. */
export class GradientAccumulator<K> {
  readonly #sums = new Map<K, tf.Tensor>();
  #weight = 0;

  /** Adds `weight` times each gradient; the gradients stay the caller's. A missing key counts as zero. */
  add(gradients: ReadonlyMap<K, tf.Tensor>, weight = 1): void {
    this.#weight += weight;
    for (const [key, gradient] of gradients) {
      const before = this.#sums.get(key);
      const sum = tf.tidy(() => {
        const scaled = tf.mul(gradient, weight);
        return before ? tf.add(before, scaled) : scaled;
      });
      this.#sums.set(key, tf.keep(sum));
      before?.dispose();
    }
  }

  /** The sums so far, or with `average` the weighted means; starts again from nothing. The caller disposes them. */
  take({ average = false }: { readonly average?: boolean } = {}): Map<K, tf.Tensor> {
    const taken = new Map(this.#sums);
    this.#sums.clear();
    const weight = this.#weight;
    this.#weight = 0;
    if (!average) return taken;
    for (const [key, sum] of taken) {
      taken.set(key, tf.keep(tf.div(sum, weight)));
      sum.dispose();
    }
    return taken;
  }

  /** Frees what was not taken. */
  dispose(): void {
    for (const sum of this.#sums.values()) sum.dispose();
    this.#sums.clear();
    this.#weight = 0;
  }
}
