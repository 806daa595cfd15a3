import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { RunStore } from '@kdx/core';
import type { RunRecord } from '@kdx/run/parts';
import { changeFolder } from './own-process.js';

/**
 * Goes back to the folder a run was begun in, which the paths of its config are relative to, and gives the run's own
 * folder as seen from there. A folder that is gone is left alone: absolute paths need none.
 */
export function returnTo(directory: string): string {
  const { cwd } = RunStore.open(directory).readJson<Partial<RunRecord>>('config.json');
  if (typeof cwd !== 'string' || cwd === process.cwd() || !existsSync(cwd)) return directory;
  const absolute = resolve(directory);
  changeFolder(cwd);
  return absolute;
}
