import { existsSync } from 'node:fs';
import { brokenDescription, noPool } from './errors.js';
import { type PoolDescription, poolFile } from './format.js';
import { poolPath } from './paths.js';
import { readPoolJson } from './read-json.js';

/**
 * Reads what made a pool.
 * @throws KdxError `KDX_POOL_MISSING`, `KDX_POOL_BROKEN`, `KDX_POOL_FORMAT`
 */
export function readDescription(directory: string): PoolDescription {
  const file = poolPath(directory);
  if (!existsSync(file)) throw noPool(directory);
  const { format: _, ...description } = readPoolJson(file, poolFile, brokenDescription);
  const { classes, classNames, imageSize, mean, std } = description;
  const stray = classes.find((target) => target >= classNames.length);
  if (stray !== undefined) {
    throw brokenDescription(file, `classes: ${stray} of ${classNames.length}`);
  }
  if (mean.length !== imageSize[2] || std.length !== imageSize[2]) {
    throw brokenDescription(file, `mean and std: one of each for ${imageSize[2]} channels`);
  }
  return description;
}
