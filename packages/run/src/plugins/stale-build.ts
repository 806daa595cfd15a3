import { type Dirent, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { statIfThere } from '@kdx/tensor';

/**
 * The source of a package that was changed after it was built last, relative to the package's folder; undefined where none
 * was, where there is no `src`, and where the package is its own source.
 * @param entry the file that is loaded
 */
export function changedSince(folder: string, entry: string): string | undefined {
  const sources = join(folder, 'src');
  const built = dirname(entry);
  if (built === folder || built === sources) return undefined;
  const newest = (files: readonly string[]): number =>
    Math.max(0, ...files.map((file) => statIfThere(file)?.mtimeMs ?? 0));
  const lastBuilt = newest(filesBelow(built));
  const changed = filesBelow(sources).find(
    (file) => /\.[cm]?tsx?$/.test(file) && !/\.test\./.test(file) && newest([file]) > lastBuilt,
  );
  return changed && relative(folder, changed);
}

function filesBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    // Many packages have no such folder.
    return [];
  }
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
