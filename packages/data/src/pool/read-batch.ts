import { brokenBatch } from './errors.js';
import { type BatchImage, type BatchRecord, batchFile, type PoolDescription } from './format.js';
import { batchPath } from './paths.js';
import { readPoolJson } from './read-json.js';

/**
 * Reads the metadata of a finished batch; its images are not looked at.
 * @throws KdxError `KDX_POOL_BROKEN`, `KDX_POOL_FORMAT`
 */
export function readBatch(directory: string, batch: number, description: PoolDescription): BatchRecord {
  const file = batchPath(directory, batch);
  const { format: _, ...record } = readPoolJson(file, batchFile, brokenBatch);
  if (record.batch !== batch) throw brokenBatch(file, `it says it is batch ${record.batch}`);
  let place = -1;
  for (const image of record.images) {
    if (image.place <= place) throw brokenBatch(file, `place ${image.place} comes after place ${place}`);
    place = image.place;
    const wrong = wrongClass(image, description.classNames.length);
    if (wrong !== undefined) throw brokenBatch(file, `${wrong}, place ${place}`);
    if (image.verified !== undefined && record.verifier === undefined) {
      throw brokenBatch(file, `place ${place} is verified, and no verifier is named`);
    }
  }
  return record;
}

function wrongClass({ target, inverted, verified }: BatchImage, classes: number): string | undefined {
  const wrong = [target, inverted.top1, verified?.top1 ?? 0].find((value) => value >= classes);
  return wrong === undefined ? undefined : `class ${wrong} of ${classes}`;
}
