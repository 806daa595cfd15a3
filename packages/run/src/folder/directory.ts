import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelRecipe, type Plugin, RunStore } from '@kdx/core';
import { statIfThere } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { isObserver } from '../plugins/is-observer.js';

const ROOT = 'runs';

/** `runs/<time>-<student>-<methods>`: sorts by time and says what it is; observers make it no other run. */
export function defaultRunDirectory(student: string | ModelRecipe, plugins: readonly Plugin[]): string {
  const name = (typeof student === 'string' ? student : student.name).split(/[?@]/)[0];
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const methods = plugins.filter((plugin) => !isObserver(plugin));
  const names = methods.map(({ definition }) => definition.name).join('+') || 'plain';
  return join(ROOT, `${time}-${name}-${names}`);
}

/**
 * The run under `runs/` that was begun last and has no summary yet; one that a process is writing only where there is no other.
 * @throws KdxError `KDX_RUN_MISSING`
 */
export function newestUnfinishedRun(root = ROOT): string {
  const begun = (directory: string): number | undefined =>
    statIfThere(join(directory, 'config.json'))?.mtimeMs;
  const unfinished = (existsSync(root) ? readdirSync(root) : [])
    .map((name) => ({ directory: join(root, name), time: begun(join(root, name)) }))
    .filter(({ directory, time }) => time !== undefined && !existsSync(join(directory, 'summary.json')))
    .sort((a, b) => (b.time as number) - (a.time as number));
  const free = unfinished.find(({ directory }) => !RunStore.open(directory).isBusy());
  if (unfinished.length > 0) return (free ?? unfinished[0]).directory;
  throw kdxError('KDX_RUN_MISSING', `No unfinished run is in ${root}/; name its folder: --resume DIR.`);
}
