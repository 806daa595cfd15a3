import { endedBy, isKdxError, type KdxError } from '@kdx/tensor';
import type { RunStorage } from '../contracts/storage.js';
import { kdxError } from '../errors.js';

/** The error of a run that was asked to stop, or the fault for which it was. */
export function interrupted(signal: AbortSignal, step: number, store: RunStorage | undefined): KdxError {
  const how = store
    ? `saved; go on with "kdx run --resume ${store.directory}"`
    : 'not saved, the run has no folder';
  return endedBy(signal, () => kdxError('KDX_INTERRUPTED', `Interrupted after step ${step}: ${how}.`));
}

/** Once all steps are done an interrupt may come too late; a fault never does. */
export function refuseFault(signal: AbortSignal | undefined): void {
  if (signal?.aborted && isKdxError(signal.reason)) throw signal.reason;
}
