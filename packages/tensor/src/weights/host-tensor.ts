/** A tensor on the host, row-major: what checkpoints and weight files are made of. */
export interface HostTensor {
  readonly shape: readonly number[];
  /** As many numbers as `shape` holds. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}
