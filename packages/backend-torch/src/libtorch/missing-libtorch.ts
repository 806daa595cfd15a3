import { KdxError } from '@kdx/core';
import type { Host } from './host.js';
import { howToGetLibtorch } from './remedy.js';

/** `KDX_TORCH_MISSING`: nothing to build against, what was found and cannot be used, and how to get one. */
export function missingLibtorch(host: Pick<Host, 'platform'>, obstacles: readonly string[]): KdxError {
  const details = obstacles.length === 0 ? '' : ` (${obstacles.join('; ')})`;
  return new KdxError(
    'KDX_TORCH_MISSING',
    `The torch back end found no libtorch that it can use${details}; ${howToGetLibtorch(host)}`,
  );
}
