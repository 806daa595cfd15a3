import { type Stats, statSync } from 'node:fs';

/**
 * What lies at a path; undefined where nothing does. Node's `throwIfNoEntry: false` still throws where a part of the path is a file
 * (`results.txt/run`), and nothing lies there either.
 */
export function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
