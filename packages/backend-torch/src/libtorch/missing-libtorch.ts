import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { Host } from './host.js';
import { howToGetLibtorch } from './remedy.js';

/** `KDX_TORCH_MISSING`: nothing to build against, what was found and cannot be used, and how to get one. */
export function missingLibtorch(
  host: Pick<Host, 'platform' | 'env'>,
  obstacles: readonly string[],
): KdxError {
  const details = obstacles.length === 0 ? '' : ` (${obstacles.join('; ')})`;
  // While it is set, nothing else is tried, and nothing that is installed would help.
  const first = host.env.KDX_LIBTORCH ? 'unset KDX_LIBTORCH, or set it to a libtorch; to get one: ' : '';
  return kdxError(
    'KDX_TORCH_MISSING',
    `The torch back end found no libtorch that it can use${details}; ${first}${howToGetLibtorch(host)}`,
  );
}
