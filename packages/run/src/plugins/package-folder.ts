import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a package lies that is asked for in a folder: in its `node_modules` or in one above, loadable or not. */
export function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}
