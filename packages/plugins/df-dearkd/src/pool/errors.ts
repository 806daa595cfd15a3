import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/** `KDX_POOL_EXISTS`: a pool lies where a new one was wanted. */
export const poolExists = (directory: string): KdxError =>
  kdxError(
    'KDX_POOL_EXISTS',
    `There is an image pool in "${directory}" already; open it with resume: true to go on with it, or choose another folder.`,
  );

/** `KDX_POOL_MISMATCH`: the pool was made with something else. */
export const poolMismatch = (directory: string, differences: readonly string[]): KdxError =>
  kdxError(
    'KDX_POOL_MISMATCH',
    `The pool in "${directory}" cannot be continued, because its images were made otherwise: ${differences.join('; ')}; run with what made it, or choose another --out.`,
  );

/** `KDX_POOL_BROKEN`: batches whose origin nothing tells. */
export const noDescription = (directory: string): KdxError =>
  kdxError(
    'KDX_POOL_BROKEN',
    `"${directory}" holds batches of a pool and no pool.json, which says what made them; restore it, or choose another --out.`,
  );

/** `KDX_POOL_DESCRIPTION`: what is to be written down is not what `pool.json` takes. */
export const wrongDescription = (path: string, why: string): KdxError =>
  kdxError('KDX_POOL_DESCRIPTION', `A pool cannot be made with this "${path}" (${why}); mend that value.`);

/** `KDX_POOL_BATCH`: a batch is written twice, or its parts do not fit each other. */
export const wrongBatch = (batch: number, why: string, remedy: string): KdxError =>
  kdxError('KDX_POOL_BATCH', `Batch ${batch} of the pool cannot be written: ${why}; ${remedy}.`);
