import { parse, resolve } from 'node:path';
import { type KdxError, statIfThere } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/**
 * Refuses what cannot be the folder of a run, a comparison or a pool.
 * @throws KdxError `KDX_CONFIG` for a blank path, a file and the root of a disk
 */
export function checkFolder(directory: string): void {
  const refused = (why: string): KdxError =>
    kdxError('KDX_CONFIG', `${why}; name a folder to write to, e.g. --out runs/mine.`);
  if (directory.trim() === '') throw refused('The path of the output folder is empty');
  const absolute = resolve(directory);
  if (absolute === parse(absolute).root) throw refused(`${directory} is the root of the disk`);
  if (statIfThere(absolute)?.isFile()) throw refused(`${directory} is a file`);
}
