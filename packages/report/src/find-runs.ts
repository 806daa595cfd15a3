import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { statIfThere } from '@kdx/tensor';
import { kdxError } from './errors.js';

/** Folders that hold much and no runs. */
const PASSED_OVER: ReadonlySet<string> = new Set(['node_modules', 'checkpoints', 'teacher-cache']);
const DEPTH = 6;

const isRun = (directory: string): boolean =>
  existsSync(join(directory, 'config.json')) &&
  ['events.jsonl', 'checkpoints', 'summary.json'].some((name) => existsSync(join(directory, name)));

/**
 * The run folders that are, or are anywhere in, the folders named; absolute, each once, in the order of the names and in
 * each by path, `seed-10` after `seed-9`. Links are not followed.
 * @throws KdxError `KDX_RUN_MISSING` for what is no folder
 */
export function findRuns(directories: readonly string[]): string[] {
  return [...new Set(directories.flatMap((directory) => runsIn(directory)))];
}

function runsIn(directory: string): string[] {
  if (!statIfThere(directory)?.isDirectory()) {
    throw kdxError('KDX_RUN_MISSING', `${directory} is no folder; name the folder of a run, or one of runs.`);
  }
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (isRun(folder)) {
      found.push(folder);
      return;
    }
    if (depth === DEPTH) return;
    for (const entry of entriesOf(folder)) {
      const hidden = entry.name.startsWith('.') || PASSED_OVER.has(entry.name);
      if (entry.isDirectory() && !hidden) visit(join(folder, entry.name), depth + 1);
    }
  };
  visit(resolve(directory), 0);
  return found;
}

const byName = new Intl.Collator('en', { numeric: true });

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => byName.compare(a.name, b.name));
  } catch {
    // A folder that may not be read, or went while it was looked for, holds no run for us.
    return [];
  }
}

/** A sentence for each folder named that neither is nor holds one of the runs, where others do. */
export function withoutRuns(directories: readonly string[], runs: readonly string[]): string[] {
  if (runs.length === 0) return [];
  const holds = (folder: string): boolean =>
    runs.some((run) => run === folder || run.startsWith(folder.endsWith(sep) ? folder : folder + sep));
  return directories
    .filter((directory) => !holds(resolve(directory)))
    .map((directory) => {
      const log = existsSync(join(directory, 'events.jsonl'));
      const why = log
        ? 'its config.json is missing'
        : 'neither it nor a folder in it has config.json with events.jsonl beside it';
      return `No run is in ${directory}: ${why}.`;
    });
}

/** @throws KdxError `KDX_RUN_MISSING` where there is no run at all */
export function refuseNone(runs: readonly string[], directories: readonly string[]): void {
  if (runs.length > 0) return;
  throw kdxError(
    'KDX_RUN_MISSING',
    `No run is in ${directories.join(', ')} (no config.json with events.jsonl beside it); name the folder of a run, or one of runs.`,
  );
}
