import { fitJson, type KdxError, readJson } from '@kdx/tensor';
import { z } from 'zod';
import { otherFormat } from './errors.js';
import { POOL_FORMAT } from './format.js';

const versioned = z.object({ format: z.int() });

/**
 * Reads one of the pool's JSON files.
 * @param broken makes the error of a file that is not whole
 * @throws what `broken` makes; KdxError `KDX_POOL_FORMAT` for a file of another version
 */
export function readPoolJson<S extends z.ZodType>(
  file: string,
  schema: S,
  broken: (file: string, why: string, cause?: unknown) => KdxError,
): z.output<S> {
  const refuse = (why: string, cause?: unknown): KdxError => broken(file, why, cause);
  const value = readJson(file, z.unknown(), refuse);
  // A newer version may have other fields, so its number is looked at before them.
  const version = versioned.safeParse(value);
  if (version.success && version.data.format !== POOL_FORMAT) {
    throw otherFormat(file, version.data.format, POOL_FORMAT);
  }
  return fitJson(value, schema, refuse);
}
