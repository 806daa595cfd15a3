import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of `bridge.cc` and its headers, inside this package. */
export const NATIVE_FOLDER = fileURLToPath(new URL('../../native/', import.meta.url));

/** Where `node_api.h` is. */
export const nodeApiHeaders = (): string =>
  (createRequire(import.meta.url)('node-api-headers') as { readonly include_dir: string }).include_dir;

/** A hash that changes with any C++ source or header of a folder, by name or content. */
export function hashSources(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (!/\.(cc|h)$/.test(name)) continue;
    const content = readFileSync(join(folder, name));
    hash.update(`${name}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
