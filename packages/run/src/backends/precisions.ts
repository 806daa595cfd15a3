import type { BackendSettings } from '@kdx/tensor';

/** What `--precision` takes. */
export const PRECISIONS = [
  'float32',
  'bf16',
  'auto',
] as const satisfies readonly BackendSettings['precision'][];
