/** A training batch on the host, augmented and mixed. */
export interface HostBatch {
  /** Positions in the training split, `[B]`. */
  readonly indices: Int32Array;
  /** `[B, H, W, C]` in [0, 1], not normalised: each model gets its own statistics. */
  readonly images: Float32Array;
  /** Class of each image before mixing, `[B]`. */
  readonly labels: Int32Array;
  /** Class probabilities after smoothing and mixing, `[B, K]`. */
  readonly targets: Float32Array;
}
