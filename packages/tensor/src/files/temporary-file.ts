import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Name beside a file under which it is written before it takes its own. Random, because process numbers repeat: every
 * container's first process is number 1.
 */
export const temporaryFor = (file: string): string =>
  `${file}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;

/** Whether a file has a name of `temporaryFor`. */
export const isTemporary = (name: string): boolean => /\.tmp-\d+-[\da-f]{8}$/.test(name);

/**
 * Removes what killed processes left half written in a folder. The caller holds the lock under which its files are written.
 * @param keep names of files that are written without that lock
 */
export function removeTemporaries(folder: string, keep: readonly string[] = ['report.html']): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (isTemporary(name) && !keep.some((file) => name.startsWith(`${file}.tmp-`)))
      rmSync(join(folder, name), { force: true });
  }
}
