import * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';

/** What takes the place of {@link detach}: gets its input and gives what the caller gets. */
export type DetachStandIn = (x: tf.Tensor) => tf.Tensor;

// Shared by all copies of this package in a process, so that what a plugin's own copy detaches is seen too.
const STAND_IN = Symbol.for('kdx:detach');
const shared = globalThis as { [STAND_IN]?: DetachStandIn };

/**
 * The same values without a gradient: what reaches the loss only through here does not learn. Shares its data with
 * `x`; either may be disposed first.
 */
export const detach = <T extends tf.Tensor>(x: T): T =>
  cut(() => (shared[STAND_IN] ? (shared[STAND_IN](x) as T) : x));

const cut = <T extends tf.Tensor>(value: () => T): T => tape.off(() => tf.clone(value()));

/**
 * Runs `run` with something in the place of {@link detach}: finite differences of a loss that detaches agree with its
 * gradient only when the detached values are held constant. The tensors that `standIn` gives carry no gradient either.
 */
export function withDetach<R>(standIn: DetachStandIn, run: () => R): R {
  const before = shared[STAND_IN];
  shared[STAND_IN] = standIn;
  try {
    return run();
  } finally {
    shared[STAND_IN] = before;
  }
}
