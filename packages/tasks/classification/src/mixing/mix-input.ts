import type { MixOptions } from '@kdx/core/run';
import type { Rng } from '@kdx/tensor';

/** A batch that is mixed. */
export interface MixInput {
  /** `[B, H, W, C]` row by row; changed in place. */
  readonly images: Float32Array;
  /** `[B, K]` row by row; changed in place. */
  readonly targets: Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  readonly options: MixOptions;
  readonly rng: Rng;
}
