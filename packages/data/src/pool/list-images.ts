import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every file under `images/`, as its path in the pool with slashes. A folder is listed once, not each file asked for. */
export function listImages(directory: string): Set<string> {
  const files = new Set<string>();
  const folder = join(directory, 'images');
  for (const target of entriesOf(folder)) {
    for (const name of entriesOf(join(folder, target))) files.add(`images/${target}/${name}`);
  }
  return files;
}

/** Names in a folder; none where it is missing or a file. */
export function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
