import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findPlugin } from '@kdx/run/parts';
import { isKdxError } from '@kdx/tensor';

/**
 * How {@link findPlugin} knows what was named: a plugin as `--plugins` takes it, or else a folder here, for which that
 * wants `./`.
 * @throws KdxError those of {@link findPlugin}
 */
export function testedPlugin(name: string, project: string): string {
  try {
    findPlugin(name, project);
    return name;
  } catch (error) {
    const isUnknown = isKdxError(error) && error.code === 'KDX_PLUGIN_UNKNOWN';
    if (isUnknown && existsSync(join(project, name, 'package.json'))) return `./${name}`;
    throw error;
  }
}
