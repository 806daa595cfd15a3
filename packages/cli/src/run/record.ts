import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { type BackendInfo, KdxError } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';

/** `config.json` of a run: what it is made of, and what an exact resume must find again. */
export interface RunRecord {
  readonly kdx: string;
  readonly created: string;
  /** The config as `kdx run` takes it; parts that were given as objects in code stand here by name. */
  readonly config: Record<string, unknown>;
  /** False when a part was an object, so that only code can resume it. */
  readonly resumableByName: boolean;
  /** What decides the bits of the result. */
  readonly pinned: Pinned;
  readonly environment: { readonly node: string; readonly platform: string; readonly cpu: string; readonly tfjs: string };
}

export interface Pinned {
  readonly kdx: string;
  readonly backend: BackendInfo;
  readonly data: string;
  readonly student: string;
  readonly teachers: readonly string[];
  readonly plugins: readonly string[];
  readonly settings: string;
}

export const KDX_VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

export const environment = (): RunRecord['environment'] => ({
  node: process.version,
  platform: `${platform()} ${arch()}`,
  cpu: cpus()[0]?.model ?? 'unknown',
  tfjs: tf.version_core,
});

/** sha256 of a file. @throws KdxError `KDX_WEIGHTS_MISSING` */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    throw new KdxError('KDX_WEIGHTS_MISSING', `The weight file ${file} cannot be read; check its path.`, { cause });
  }
  return hash.digest('hex');
}

/**
 * Compares what a run was begun with against what it would go on with.
 * @throws KdxError `KDX_RESUME_MISMATCH` naming the first difference
 */
export function checkPinned(begun: Pinned, now: Pinned, directory: string): void {
  for (const key of Object.keys(begun) as (keyof Pinned)[]) {
    const [before, after] = [JSON.stringify(begun[key]), JSON.stringify(now[key])];
    if (before === after) continue;
    throw new KdxError(
      'KDX_RESUME_MISMATCH',
      `${directory} was begun with ${key} ${before} and would go on with ${after}, so its result would not be the uninterrupted run's; restore that, or start a new run with --out.`,
    );
  }
}
