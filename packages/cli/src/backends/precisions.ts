import type { Precision } from '@kdx/core';

/** What `--precision` takes. */
export const PRECISIONS = ['float32', 'bf16'] as const satisfies readonly Precision[];
