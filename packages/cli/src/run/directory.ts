import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KdxError, type ModelRecipe, type Plugin } from '@kdx/core';

const ROOT = 'runs';

/** `runs/<time>-<student>-<plugins>`: sorts by time and says what it is. */
export function defaultRunDirectory(student: string | ModelRecipe, plugins: readonly Plugin[]): string {
  const name = (typeof student === 'string' ? student : student.name).split(/[?@]/)[0];
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const methods = plugins.map(({ definition }) => definition.name).join('+') || 'plain';
  return join(ROOT, `${time}-${name}-${methods}`);
}

/** The newest run under `runs/` that has no summary yet. @throws KdxError `KDX_RUN_MISSING` */
export function newestUnfinishedRun(root = ROOT): string {
  const has = (directory: string, file: string): boolean =>
    statSync(join(directory, file), { throwIfNoEntry: false }) !== undefined;
  const entries = statSync(root, { throwIfNoEntry: false }) ? readdirSync(root).sort().reverse() : [];
  const found = entries
    .map((name) => join(root, name))
    .find((directory) => has(directory, 'config.json') && !has(directory, 'summary.json'));
  if (found) return found;
  throw new KdxError('KDX_RUN_MISSING', `No unfinished run is in ${root}/; name its folder: --resume DIR.`);
}
