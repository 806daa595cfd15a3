import * as tf from '@tensorflow/tfjs';
import { tapTwice, tapUnknown } from '../errors.js';

/** Thrown through the layers when the last wanted tap is recorded and no head is read; caught by `runForward`. */
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
  readonly #aliases = new Map<string, string[]>();

  /** With `endAtLast` the forward is ended, by a private signal, at the last of `wanted`. */
  constructor(wanted: Iterable<string>, options: { readonly endAtLast?: boolean } = {}) {
    this.#wanted = new Set(wanted);
    this.#endAtLast = options.endAtLast ?? false;
  }

  /**
   * From now on what passes at `path` passes at `also` too, such as the last block's `:pre` at its stage's. Called by layers
   * before `path` can pass.
   */
  alias(path: string, also: string): void {
    const known = this.#aliases.get(path) ?? [];
    if (!known.includes(also)) this.#aliases.set(path, [...known, also]);
  }

  /** Called by layers. @throws KdxError `KDX_TAP_TWICE` when a wanted path comes a second time. */
  record(path: string, tensor: tf.Tensor): void {
    for (const each of this.#namesOf(path)) this.keep(each, tensor);
  }

  protected keep(path: string, tensor: tf.Tensor): void {
    this.#seen.add(path);
    if (!this.#wanted.has(path)) return;
    if (this.#tensors.has(path)) throw tapTwice(path);
    // Layers are tidied one by one, so a tapped tensor must outlive its layer.
    this.#tensors.set(path, tf.keep(tf.clone(tensor)));
    if (this.#endAtLast && this.#tensors.size === this.#wanted.size) throw new LastTapReached();
  }

  /** Whether none of `paths` is wanted, so that layers may compute past them. They count as passed then. */
  passOver(paths: readonly string[]): boolean {
    const names = paths.flatMap((path) => this.#namesOf(path));
    if (names.some((name) => this.#wanted.has(name))) return false;
    for (const name of names) this.#seen.add(name);
    return true;
  }

  /** Whether a path is wanted, so that a layer can skip a value that no tap asks for. */
  wants(path: string): boolean {
    return this.#namesOf(path).some((name) => this.#wanted.has(name));
  }

  /** A path followed by its aliases, their aliases, and so on. */
  #namesOf(path: string): string[] {
    return [path, ...(this.#aliases.get(path) ?? []).flatMap((also) => this.#namesOf(also))];
  }

  /**
   * Runs `forward` and returns its result, undefined when it was ended at the last tap, with the taps by path. Taps and
   * result belong to the open scope.
   * @throws KdxError `KDX_TAP_UNKNOWN`
   */
  run<R extends tf.TensorContainer>(forward: () => R): { result?: R; taps: Record<string, tf.Tensor> } {
    try {
      const complete = () => {
        const result = forward();
        for (const path of this.#wanted) {
          if (!this.#tensors.has(path)) throw tapUnknown(path, [...this.#seen]);
        }
        return result;
      };
      const result = this.#untilLast(() => tf.tidy(complete));
      const entries = [...this.#tensors].map(([path, tensor]) => [path, tf.clone(tensor)]);
      return { result, taps: Object.fromEntries(entries) as Record<string, tf.Tensor> };
    } finally {
      for (const kept of this.#tensors.values()) kept.dispose();
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
