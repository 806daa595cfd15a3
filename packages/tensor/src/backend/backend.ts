/** What a back end says of itself; pinned in a run's `config.json` and compared on resume. */
export interface BackendInfo {
  /** `wasm`, `torch` or `tensorflow`. */
  readonly name: string;
  /** Name and versions of what computes, e.g. `tfjs-backend-wasm 4.22.0 simd`. */
  readonly build: string;
  /** Threads that compute one kernel. One and two threads give different bits. */
  readonly threads: number;
  /** `cpu` or `cuda:0`. */
  readonly device: string;
  /** What matrix products and convolutions compute in; weights, norms, softmax and losses are float32 in both. */
  readonly precision: Precision;
}

export type Precision = 'float32' | 'bf16';

/** The settings that a user may ask of a back end; it refuses those that it does not support. */
export interface BackendSettings {
  /** `auto`: a CUDA device where the back end finds one, otherwise the CPU. */
  readonly device: string;
  /** `auto`: bf16 where the back end computes it accurately and faster than float32, otherwise float32. */
  readonly precision: Precision | 'auto';
  /** `auto`: the back end measures once on a machine and keeps what it found. */
  readonly threads: number | 'auto';
}

/** Receives a sentence about what a back end decided by itself, such as the number of threads. */
export type BackendNote = (message: string) => void;

export const DEFAULT_BACKEND_SETTINGS: BackendSettings = {
  device: 'auto',
  precision: 'float32',
  threads: 'auto',
};

/** A TensorFlow.js back end that kdx can run on. */
export interface Backend {
  readonly name: string;
  /** Higher is tried first by `--backend auto`: torch 30, tensorflow 20, wasm 10. */
  readonly speedRank: number;
  /** Whether it could be loaded here, without loading it; `reason` says why not and what to install. */
  probe(): Promise<{ readonly available: boolean; readonly reason: string }>;
  /**
   * Registers the kernels and makes this the current TensorFlow.js back end. Idempotent; later settings replace
   * earlier ones. Settings default to {@link DEFAULT_BACKEND_SETTINGS}.
   * @param note called for each decision that the settings left to the back end
   * @throws KdxError `KDX_BACKEND_UNAVAILABLE` with what to install; `KDX_BACKEND_SETTING` for a device, precision or
   *   number of threads that it does not have; `KDX_BACKEND_PRECISION` for a precision that this machine computes wrongly.
   */
  load(settings?: Partial<BackendSettings>, note?: BackendNote): Promise<BackendInfo>;
}
