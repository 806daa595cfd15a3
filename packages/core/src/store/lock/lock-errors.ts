import { KdxError } from '@kdx/tensor';
import { kdxError } from '../../errors.js';
import type { Holder } from './lock-file.js';

const nameOf = (holder: Holder | undefined): string =>
  holder ? `process ${holder.pid} on ${holder.host}` : 'another process';

/** Refused because a process that is alive holds the lock. */
export const heldBy = (holder: Holder | undefined, directory: string, file: string): KdxError =>
  kdxError(
    'KDX_RUN_BUSY',
    `${directory} is being written by ${nameOf(holder)} (its lock is ${file}); wait for it, stop it, or choose another --out.`,
  );

/** Refused because this machine cannot find out whether the holder is alive; heart-beats may tell. */
export class UndecidedLock extends KdxError {
  constructor(
    readonly holder: Holder | undefined,
    /** What the lock file said. */
    readonly text: string,
    directory: string,
    file: string,
  ) {
    super(
      'KDX_RUN_BUSY',
      `${directory} is locked by ${nameOf(holder)}, and this machine cannot see whether that still runs; if it has ended, delete ${file} and give the same command again, otherwise wait for it or choose another --out.`,
    );
  }
}

/** The lock was taken while this process was stopped, or someone deleted it and another process came first. */
export const lostTo = (holder: Holder | undefined, directory: string, file: string): KdxError =>
  kdxError(
    'KDX_RUN_LOST',
    `${directory} is now written by ${nameOf(holder)}, which took ${file} while this process was stopped or its lock deleted; this process leaves it alone. Watch it with "kdx ui ${directory}".`,
  );
