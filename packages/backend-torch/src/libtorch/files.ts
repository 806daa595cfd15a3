import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { jsonObject, readJson } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { FileIdentity } from './libtorch.js';

/** A file as it is now; null where there is none. */
export function identityOf(file: string): FileIdentity | null {
  try {
    const path = realpathSync(file);
    const { size, mtimeMs } = statSync(path);
    return { path, size, mtimeMs };
  } catch {
    return null;
  }
}

/** Whether the file is still the one that it was. */
export function isUnchanged(then: FileIdentity | undefined): boolean {
  // A remembered file whose record was damaged is not known.
  if (typeof then?.path !== 'string') return false;
  const now = identityOf(then.path);
  return now !== null && now.path === then.path && now.size === then.size && now.mtimeMs === then.mtimeMs;
}

/** The text of a file; empty where it cannot be read. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The object that a JSON file holds; null where there is no file, or it is damaged or holds anything but an object. */
export function jsonOf(file: string): Readonly<Record<string, unknown>> | null {
  try {
    return readJson(file, jsonObject, (why) => kdxError('KDX_READ_FAILED', why));
  } catch {
    return null;
  }
}

/** The first of several paths that exists. */
export const firstExisting = (paths: readonly string[]): string | null =>
  paths.find((path) => existsSync(path)) ?? null;

/** Writes a file so that others see the whole of it or the one before. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** {@link writeWhole} for what can be found out again: where the folder takes no file, nothing is kept. */
export const keep = async (file: string, value: unknown): Promise<void> =>
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`).catch(() => undefined);
