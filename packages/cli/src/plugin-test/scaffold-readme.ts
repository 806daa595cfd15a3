import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** In the README of the template: what a person deletes once the page describes their own method. */
export const SCAFFOLD_NOTE = '**Replace this page before you publish.**';

/** The README of the package that `file` belongs to, if it still describes the method that `kdx plugin new` wrote. */
export function scaffoldReadme(file: string): string | undefined {
  const folder = packageOf(dirname(file));
  const readme = folder && join(folder, 'README.md');
  return readme && existsSync(readme) && readFileSync(readme, 'utf8').includes(SCAFFOLD_NOTE)
    ? readme
    : undefined;
}

function packageOf(folder: string): string | undefined {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : packageOf(above);
}
