import * as tf from '@tensorflow/tfjs';
import { addOver } from '../backend/add-over.js';
import { joinSlices, type SliceGradient } from './slices.js';

interface Incoming {
  /** Sum of what came for the whole tensor. */
  sum?: tf.Tensor;
  /** What came for slices of it. */
  readonly slices: SliceGradient[];
}

/** Gradients on their way back, by the tensor they are of. Owns every gradient that it is given. */
export class IncomingGradients {
  readonly #byId = new Map<number, Incoming>();

  /** Whether any gradient came for `tensor`. */
  has({ id }: tf.Tensor): boolean {
    return this.#byId.has(id);
  }

  /** Adds a gradient of `tensor`, of its shape. */
  add(tensor: tf.Tensor, gradient: tf.Tensor): void {
    const incoming = this.#of(tensor);
    const before = incoming.sum;
    if (before === undefined) {
      incoming.sum = gradient;
      return;
    }
    incoming.sum = addOver(before, gradient);
    before.dispose();
    gradient.dispose();
  }

  /** Adds the gradient of a slice of `tensor`; slices wait for each other until the whole is taken. */
  addSlice(tensor: tf.Tensor, slice: SliceGradient): void {
    this.#of(tensor).slices.push(slice);
  }

  /** The gradient of `tensor`, now the caller's, or null where none came. */
  take({ id, shape }: tf.Tensor): tf.Tensor | null {
    const incoming = this.#byId.get(id);
    if (incoming === undefined) return null;
    this.#byId.delete(id);
    const { sum, slices } = incoming;
    if (slices.length === 0) return sum ?? null;
    const total = tf.tidy(() => {
      const joined = joinSlices(slices, shape);
      return sum ? tf.add(sum, joined) : joined;
    });
    for (const { gradient } of slices) gradient.dispose();
    sum?.dispose();
    return total;
  }

  #of({ id }: tf.Tensor): Incoming {
    let incoming = this.#byId.get(id);
    if (!incoming) {
      incoming = { slices: [] };
      this.#byId.set(id, incoming);
    }
    return incoming;
  }
}
