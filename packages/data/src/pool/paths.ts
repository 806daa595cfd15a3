import { join } from 'node:path';
import type { PoolImageFormat } from './format.js';

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `pool.json`: what made the pool. */
export const poolPath = (directory: string): string => join(directory, 'pool.json');

/** `batches/`: one file of metadata for each finished batch. */
export const batchesFolder = (directory: string): string => join(directory, 'batches');

/** `batches/0003.json` */
export const batchPath = (directory: string, batch: number): string =>
  join(batchesFolder(directory), `${padded(batch, 4)}.json`);

/** The batch that a name such as `0003.json` stands for; undefined for other files. */
export const batchOfName = (name: string): number | undefined => {
  const digits = /^(\d{4,})\.json$/.exec(name)?.[1];
  return digits === undefined || padded(Number(digits), 4) !== digits ? undefined : Number(digits);
};

/** Where an image lies in the pool, with slashes: `images/007/0003-012.png`. */
export const imageFile = (target: number, batch: number, place: number, format: PoolImageFormat): string =>
  `images/${padded(target, 3)}/${padded(batch, 4)}-${padded(place, 3)}.${format.type === 'png' ? 'png' : 'jpg'}`;
