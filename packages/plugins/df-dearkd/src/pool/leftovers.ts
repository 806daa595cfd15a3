import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { batchesFolder, batchPath } from '@kdx/data';
import { isTemporary } from '@kdx/tensor';

/**
 * Removes what a killed process left in a pool: files that were half written, and checkpoints of batches that are whole.
 * The caller holds the pool's lock.
 * @param whole numbers of the whole batches
 */
export function removeLeftovers(directory: string, whole: readonly number[]): void {
  const done = new Set(whole.map((batch) => checkpointPath(directory, batch)));
  for (const folder of [directory, batchesFolder(directory)]) {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (isTemporary(name) || done.has(file)) rmSync(file, { force: true });
    }
  }
  const images = join(directory, 'images');
  for (const name of existsSync(images) ? readdirSync(images, { recursive: true, encoding: 'utf8' }) : []) {
    if (/^\.\d+-\d+\.(png|jpg)\.tmp$/.test(basename(name))) rmSync(join(images, name), { force: true });
  }
}

/**
 * Removes the checkpoints of a folder that holds no pool yet: nothing tells what they were made with. The caller holds the
 * pool's lock.
 */
export function removeCheckpoints(directory: string): void {
  const folder = batchesFolder(directory);
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.safetensors')) rmSync(join(folder, name), { force: true });
  }
}

/** `batches/0003.safetensors`: where the batch in progress stands. */
export const checkpointPath = (directory: string, batch: number): string =>
  join(batchesFolder(directory), basename(batchPath(directory, batch)).replace(/json$/, 'safetensors'));
