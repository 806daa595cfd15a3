import { isAbsolute, resolve } from 'node:path';

/**
 * `' (looked for /home/me/a.txt)'` for a relative path, `''` for one that says so itself. Paths are relative to the working
 * folder wherever they are written, in a flag, a config file or a spec.
 */
export const lookedFor = (path: string): string => (isAbsolute(path) ? '' : ` (looked for ${resolve(path)})`);
