import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The repository, from `test/dist/support`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Imports a built module that its package does not export, by its path from the repository's root. */
export const internal = <T>(path: string): Promise<T> =>
  import(pathToFileURL(join(ROOT, path)).href) as Promise<T>;
