import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeFailure } from './write-failure.js';

/** Makes an absolute folder and those above it. */
// Level by level: a recursive mkdir never returns on file systems that refuse new folders with ENOENT, such as /proc.
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Makes a folder that is not there yet: `wanted`, otherwise `wanted-2` and so on, and gives its name. Making a folder is
 * atomic, also on a disk that several machines share, so processes that start in the same millisecond get one each.
 * @throws KdxError `KDX_WRITE_FAILED`
 */
export function makeNewFolder(wanted: string): string {
  for (let number = 1; ; number++) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      makeFolder(dirname(resolve(folder)));
      mkdirSync(folder);
      return folder;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeFailure(folder, cause);
    }
  }
}
