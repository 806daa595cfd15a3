import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeFolder } from './make-folder.js';
import { temporaryFor } from './temporary-file.js';
import { writeFailure } from './write-failure.js';

/**
 * Writes a file beside its name, syncs and renames it, so that a reader never sees half of it; makes its folder.
 * @throws KdxError `KDX_WRITE_FAILED`
 */
export function writeWhole(file: string, text: string): void {
  const temporary = temporaryFor(file);
  try {
    makeFolder(dirname(resolve(file)));
    writeFileSync(temporary, text, { flush: true });
    renameSync(temporary, file);
  } catch (cause) {
    removeHalf(temporary);
    throw writeFailure(file, cause);
  }
}

/** A value as JSON for people to read, by {@link writeWhole}. */
export const writeJson = (file: string, value: unknown): void =>
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);

/** Half of a file is of no use; what cannot be removed either is left. */
function removeHalf(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // The caller reports the failure to write, not this one.
  }
}
