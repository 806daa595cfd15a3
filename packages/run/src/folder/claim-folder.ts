import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { RunStore } from '@kdx/core';
import { type ClaimOptions } from '@kdx/core/run';
import { makeNewFolder, removeTemporaries } from '@kdx/tensor';
import { checkFolder } from './check-folder.js';

/** A run's folder that this process alone may write. */
export interface ClaimedFolder {
  readonly store: RunStore;
  /** Gives it up before the run began; a folder that was made for the run and holds nothing goes. */
  abandon(): void;
}

/**
 * Opens the folder of a begun run, or makes that of a new one, and locks it before anything in it is read or changed.
 * @throws KdxError `KDX_CONFIG`, `KDX_RUN_BROKEN`, `KDX_RUN_MISSING`, `KDX_RUN_EXISTS`, `KDX_RUN_BUSY`, `KDX_WRITE_FAILED`, `KDX_INTERRUPTED`
 */
export async function claimFolder(
  directory: string,
  begun: boolean,
  options?: ClaimOptions,
): Promise<ClaimedFolder> {
  checkFolder(directory);
  return claim(directory, { begun, existed: existsSync(directory) }, options);
}

/** Makes a folder that no other run has, named `wanted` or with a number after it, and locks it. @throws KdxError as {@link claimFolder} */
export async function claimNewFolder(wanted: string, options?: ClaimOptions): Promise<ClaimedFolder> {
  return claim(makeNewFolder(wanted), { begun: false, existed: false }, options);
}

interface Folder {
  readonly begun: boolean;
  /** Whether it was there before this process. */
  readonly existed: boolean;
}

async function claim(
  directory: string,
  { begun, existed }: Folder,
  options?: ClaimOptions,
): Promise<ClaimedFolder> {
  const store = begun ? RunStore.open(directory) : RunStore.create(directory);
  await store.claim(options);
  const abandon = (): void => {
    store.close();
    if (!existed) removeIfEmpty(directory);
  };
  try {
    // Another process may have begun a run here between the making and the lock.
    if (!begun) store.refuseBegun();
    // What a killed process left half written; the files that it was to become are whole.
    for (const folder of [directory, store.path('checkpoints')]) removeTemporaries(folder);
  } catch (error) {
    abandon();
    throw error;
  }
  return { store, abandon };
}

/** Removes the folder of a run that was never begun; one that holds anything stays as it is. */
function removeIfEmpty(directory: string): void {
  const checkpoints = resolve(directory, 'checkpoints');
  if (readdirSync(directory).join() !== 'checkpoints' || readdirSync(checkpoints).length > 0) return;
  rmdirSync(checkpoints);
  rmdirSync(directory);
}
