import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunStore } from '@kdx/core';

/** A run's folder that this process alone may write. */
export interface ClaimedFolder {
  readonly store: RunStore;
  /** Gives it up before the run began; a folder that was made for the run and holds nothing goes. */
  abandon(): void;
}

/**
 * Opens the folder of a begun run, or makes that of a new one, and locks it before anything in it is read or changed.
 * @throws KdxError `KDX_RUN_MISSING`, `KDX_RUN_EXISTS`, `KDX_RUN_BUSY`, `KDX_WRITE_FAILED`
 */
export function claimFolder(directory: string, begun: boolean): ClaimedFolder {
  const existed = existsSync(directory);
  const store = begun ? RunStore.open(directory) : RunStore.create(directory);
  store.lock();
  const abandon = (): void => {
    store.close();
    if (!existed) removeIfEmpty(directory);
  };
  try {
    if (begun) removeLeftovers(directory);
    // Another process may have begun a run here between the making and the lock.
    else store.refuseBegun();
  } catch (error) {
    abandon();
    throw error;
  }
  return { store, abandon };
}

/** Removes what a killed process left half written; the files it was to become are whole. */
function removeLeftovers(directory: string): void {
  for (const folder of [directory, join(directory, 'checkpoints')]) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (/\.tmp-\d+(-\d+)?$/.test(name)) rmSync(join(folder, name), { force: true });
    }
  }
}

/** Removes the folder of a run that was never begun; one that holds anything stays as it is. */
function removeIfEmpty(directory: string): void {
  const checkpoints = join(directory, 'checkpoints');
  if (readdirSync(directory).join() !== 'checkpoints' || readdirSync(checkpoints).length > 0) return;
  rmdirSync(checkpoints);
  rmdirSync(directory);
}
