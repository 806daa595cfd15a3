import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { runSettings } from '@kdx/core/run';
import { type BackendInfo } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import { codeDifferences, type LoadedCode } from './loaded-code.js';

/** `config.json` of a run: what it is made of, and what an exact resume must find again. */
export interface RunRecord {
  readonly kdx: string;
  readonly created: string;
  /** The folder kdx was started in; paths in `config` are relative to it. */
  readonly cwd: string;
  /** The config as `kdx run` takes it; parts that were given as objects in code stand here by name. */
  readonly config: Record<string, unknown>;
  /** Where keys of `config` are from, by path (`optimizer.weightDecay`): a recipe, a file, a flag. Absent of runs begun in code. */
  readonly origins?: Readonly<Record<string, string>>;
  /** False when a part was an object, so that only code can resume it. */
  readonly resumableByName: boolean;
  /** What decides the bits of the result. */
  readonly pinned: Pinned;
  readonly environment: {
    readonly node: string;
    readonly platform: string;
    readonly cpu: string;
    readonly tfjs: string;
  };
}

export interface Pinned {
  readonly kdx: string;
  readonly backend: BackendInfo;
  readonly data: string;
  readonly student: string;
  readonly teachers: readonly string[];
  readonly plugins: readonly string[];
  /** Files and packages that the plugins are made of, see `pluginCode`. Absent of runs that an older kdx began. */
  readonly code?: LoadedCode;
  readonly settings: string;
}

export const environment = (): RunRecord['environment'] => ({
  node: process.version,
  platform: `${platform()} ${arch()}`,
  cpu: cpus()[0]?.model ?? 'unknown',
  tfjs: tf.version_core,
});

/** JSON whose text does not depend on the order in which keys were given. */
export const stableJson = (value: unknown): string =>
  JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );

/** sha256 of a file. @throws KdxError `KDX_WEIGHTS_MISSING` */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    throw kdxError('KDX_WEIGHTS_MISSING', `The weight file ${file} cannot be read; check its path.`, {
      cause,
    });
  }
  return hash.digest('hex');
}

/**
 * Compares what a run was begun with against what it would go on with.
 * @throws KdxError `KDX_RESUME_MISMATCH` naming each difference, `KDX_RUN_BROKEN`
 */
export function checkPinned(begun: Pinned | undefined, now: Pinned, directory: string): void {
  if (typeof begun !== 'object' || begun === null) {
    throw kdxError(
      'KDX_RUN_BROKEN',
      `${directory}/config.json does not say what the run was begun with; restore that file, or start a new run with --out.`,
    );
  }
  const differences = (Object.keys(now) as (keyof Pinned)[]).flatMap((key) =>
    differencesOf(key, begun[key], now[key]),
  );
  if (differences.length === 0) return;
  throw kdxError(
    'KDX_RESUME_MISMATCH',
    `${directory} was begun with ${differences.join('; and with ')}, so its result would not be the uninterrupted run's; restore that, or start a new run with --out.`,
  );
}

/** Each difference of two values in words; of two objects, or the JSON of two, field by field. */
export function differencesOf(key: string, begun: unknown, now: unknown): string[] {
  if (key === 'code') return codeDifferences(begun as LoadedCode | undefined, now as LoadedCode);
  if (JSON.stringify(begun) === JSON.stringify(now)) return [];
  const [before, after] = [begun, now].map((value) =>
    key === 'settings' ? settingsOf(value) : fieldsOf(value),
  );
  if (!before || !after) return [`${key} ${textOf(begun)} and would go on with ${textOf(now)}`];
  const named = Array.isArray(begun)
    ? () => key
    : (field: string) => (key === 'settings' ? field : `${key}.${field}`);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => `${named(field)} ${textOf(before[field])} and would go on with ${textOf(after[field])}`);
}

/** A setting that came later than the run has the value with which everything stays as it was: mostly its default. */
function settingsOf(value: unknown): Record<string, unknown> | undefined {
  const fields = fieldsOf(value);
  const known = fields && withOldValues(fields);
  return runSettings.safeParse(known).data ?? known;
}

/**
 * Settings of a run of any version, with the values of those that came later and whose default is another: until there was
 * `emaWarmup`, averages had no warm-up.
 */
export const withOldValues = (settings: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  typeof settings.ema === 'number' ? { emaWarmup: false, ...settings } : { ...settings };

/** The fields of an object, or of the JSON text of one. */
function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  if (typeof value !== 'string' || !value.startsWith('{')) return undefined;
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    // Text that only looks like JSON is compared as text.
    return undefined;
  }
}

const textOf = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
