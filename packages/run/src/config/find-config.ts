import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kdxError } from '../errors.js';

const NAMES = ['ts', 'mjs', 'js', 'yaml', 'yml', 'json'].map((extension) => `kdx.config.${extension}`);

/**
 * The `kdx.config.*` of a folder, or undefined.
 * @throws KdxError `KDX_CONFIG` when there are several, as none of them is surely the one that is meant
 */
export function findConfig(folder: string): string | undefined {
  const found = NAMES.filter((name) => existsSync(join(folder, name)));
  if (found.length > 1) {
    throw kdxError(
      'KDX_CONFIG',
      `There is more than one config file in ${folder} (${found.join(', ')}); name the one to read, e.g. "kdx run ${found[0]}".`,
    );
  }
  return found.length === 1 ? join(folder, found[0]) : undefined;
}
