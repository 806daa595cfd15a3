import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Confusion, RunSummary } from '@kdx/core';
import type { ConfusionView } from '../../page/page-data.js';
import type { RunRecord } from '../run/record.js';
import { isObject } from './config-facts.js';

/** What stands beside the events of a run; a file that is damaged is as one that is not there, and said. */
export interface RunFiles {
  readonly record: Partial<RunRecord>;
  readonly summary: Partial<RunSummary> | undefined;
  readonly confusion: ConfusionView | undefined;
  readonly notes: readonly string[];
}

const NAMES = ['config.json', 'summary.json', 'confusion.json'] as const;

/** Changes when one of the files does. */
export const filesVersion = (directory: string): string =>
  NAMES.map((name) => {
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : '';
  }).join();

export function readRunFiles(directory: string): RunFiles {
  const notes: string[] = [];
  const [record, summary, confusion] = NAMES.map((name) => {
    try {
      const value: unknown = JSON.parse(readFileSync(join(directory, name), 'utf8'));
      if (isObject(value)) return value;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    }
    notes.push(`${name} is damaged (not JSON, or not what kdx writes) and left out.`);
    return undefined;
  });
  if (confusion && !isConfusion(confusion)) notes.push('confusion.json is not what kdx writes and left out.');
  return {
    record: record ? recordOf(record, notes) : {},
    summary,
    confusion: confusion && isConfusion(confusion) ? confusion : undefined,
    notes,
  };
}

/** The parts of a record that are what they should be. */
function recordOf(record: Partial<RunRecord>, notes: string[]): Partial<RunRecord> {
  const { config, pinned, environment, origins } = record;
  const isPinned =
    isObject(pinned) && isObject(pinned.backend) && [pinned.plugins, pinned.teachers].every(Array.isArray);
  const sound = isObject(config) && isPinned && isObject(environment);
  if (!sound) notes.push('config.json lacks parts of what kdx writes.');
  return {
    ...record,
    config: isObject(config) ? config : {},
    pinned: isPinned ? pinned : undefined,
    environment: isObject(environment) ? environment : undefined,
    origins: isObject(origins) ? origins : undefined,
  };
}

function isConfusion(value: Record<string, unknown>): value is Record<string, unknown> & Confusion {
  const { classNames, cells } = value;
  if (!Array.isArray(classNames) || !Array.isArray(cells)) return false;
  const isClass = (index: unknown): boolean => Number.isInteger(index) && (index as number) in classNames;
  return cells.every(
    (cell) => Array.isArray(cell) && isClass(cell[0]) && isClass(cell[1]) && Number.isFinite(cell[2]),
  );
}
