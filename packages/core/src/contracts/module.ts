import type { Rng, Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { Length } from './schedule.js';
import type { Ref } from './term.js';

/** What a layer is told when it runs. */
export interface LayerCall {
  readonly training: boolean;
  /** Keyed by seed, step and purpose. @throws KdxError `KDX_RNG_MISSING` outside a training step. */
  rng(purpose: string): Rng;
}

/**
 * A trainable helper beside the student: an aligner, a shadow head. It learns with the student's optimiser, is saved
 * with the run and never exported with the student.
 */
export interface HelperModule {
  /** What it is fed, in order; read once per step, on the tape. Frozen models' outputs carry no gradient. */
  readonly inputs: readonly Ref[];
  /** Builds it; `shapes` are those of `inputs` without the batch axis. Returns its forward. */
  build(
    scope: Scope,
    shapes: readonly (readonly number[])[],
  ): (inputs: readonly tf.Tensor[], call: LayerCall) => tf.Tensor;
  /** It leaves the optimiser at this epoch (its parameters then stay as they are). Default: never. */
  readonly activeUntil?: Length;
}
