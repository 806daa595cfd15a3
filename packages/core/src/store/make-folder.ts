import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

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
