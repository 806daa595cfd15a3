import * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';
import { tapTwice, tapUnknown } from '../errors.js';

/** Thrown through the layers when the last wanted tap is there and nobody reads a head; caught by `runForward`. */
class LastTapReached extends Error {
  constructor() {
    super('The last wanted tap has been recorded.');
  }
}

/** Keeps the tensors that pass through the wanted paths of one forward. */
export class TapRecorder {
  readonly #wanted: ReadonlySet<string>;
  readonly #endAtLast: boolean;
  readonly #seen = new Set<string>();
  readonly #tensors = new Map<string, tf.Tensor>();

  /** With `endAtLast` the forward is ended, by a private signal, at the last of `wanted`. */
  constructor(wanted: Iterable<string>, options: { readonly endAtLast?: boolean } = {}) {
    this.#wanted = new Set(wanted);
    this.#endAtLast = options.endAtLast ?? false;
  }

  /** Called by layers. @throws KdxError `KDX_TAP_TWICE` when a wanted path comes a second time. */
  record(path: string, tensor: tf.Tensor): void {
    this.#seen.add(path);
    if (!this.#wanted.has(path)) return;
    if (this.#tensors.has(path)) throw tapTwice(path);
    // Off the tape layers are tidied one by one, so what is tapped must outlive its layer.
    this.#tensors.set(path, tape.isOn() ? tensor : tf.keep(tf.clone(tensor)));
    if (this.#endAtLast && this.#tensors.size === this.#wanted.size) throw new LastTapReached();
  }

  /**
   * Runs `forward` and returns its result, undefined when it was ended at the last tap, with the taps by path. Taps and
   * result belong to the open scope.
   * @throws KdxError `KDX_TAP_UNKNOWN`
   */
  run<R extends tf.TensorContainer>(forward: () => R): { result?: R; taps: Record<string, tf.Tensor> } {
    const recording = tape.isOn();
    try {
      const complete = () => {
        const result = forward();
        for (const path of this.#wanted) {
          if (!this.#tensors.has(path)) throw tapUnknown(path, [...this.#seen]);
        }
        return result;
      };
      const result = this.#untilLast(recording ? complete : () => tf.tidy(complete));
      const entries = [...this.#tensors].map(([path, t]) => [path, recording ? t : tf.clone(t)]);
      return { result, taps: Object.fromEntries(entries) as Record<string, tf.Tensor> };
    } finally {
      if (!recording) for (const kept of this.#tensors.values()) kept.dispose();
      this.#tensors.clear();
    }
  }

  #untilLast<R>(forward: () => R): R | undefined {
    if (this.#endAtLast && this.#wanted.size === 0) return undefined;
    try {
      return forward();
    } catch (error) {
      if (error instanceof LastTapReached) return undefined;
      throw error;
    }
  }
}
