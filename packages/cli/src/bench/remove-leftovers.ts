import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeTemporaries } from '@kdx/tensor';

/**
 * Removes what a killed comparison left half written; each run removes its own when it is resumed. The caller holds the
 * comparison's lock.
 */
export function removeLeftovers(out: string): void {
  for (const folder of [out, join(out, 'arms')]) removeTemporaries(folder);
  const cache = join(out, 'teacher-cache');
  for (const entry of existsSync(cache) ? readdirSync(cache, { withFileTypes: true }) : [])
    if (entry.isDirectory()) removeTemporaries(join(cache, entry.name));
}
