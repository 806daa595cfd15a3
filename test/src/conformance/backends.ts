import type { BackendLoader } from './report.js';

/** The back ends that the conformance suite runs on, by the name they register under. */
export const CONFORMANCE_BACKENDS: Readonly<Record<string, BackendLoader>> = {
  wasm: { module: import.meta.resolve('@kdx/backend-wasm'), factory: 'wasmBackend' },
  torch: { module: import.meta.resolve('@kdx/backend-torch'), factory: 'torchBackend' },
};
