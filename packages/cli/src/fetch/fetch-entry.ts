import { existsSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RunLock } from '@kdx/core/run';
import { isKdxError, type KdxError, makeFolder } from '@kdx/tensor';
import { bytesText } from '../check/amounts.js';
import { kdxError } from '../errors.js';
import type { CatalogueEntry } from './catalogue.js';
import { checkedBy, hasChecksum } from './checksums.js';
import { type DownloadOptions, download } from './download.js';
import { fetchCommandFor } from './next-command.js';
import { removePart, sizeOf } from './part.js';
import { unpackArchive } from './unpack.js';
import { checkKind, verifyThere } from './verify-there.js';
import { guarded, writeFault } from './write-fault.js';

export interface FetchOptions extends Omit<DownloadOptions, 'archive' | 'part'> {
  /** Where all that is fetched lies. */
  readonly directory: string;
  /** Fetches what is there once more. */
  readonly force?: boolean;
  /** Asks no network. */
  readonly offline?: boolean;
  /** The file that the entry is of, for the commands that errors name. Default that of kdx. */
  readonly catalogue?: string;
}

export interface Fetched {
  readonly state: 'fetched' | 'there';
  /** The folder or file. */
  readonly path: string;
  /** What it was held against, in words. */
  readonly verified: string;
}

/** Where an entry lies once it is fetched. */
export const placeOfEntry = ({ archive, unpack }: CatalogueEntry, directory: string): string =>
  unpack ? join(directory, unpack.folder) : join(directory, 'teachers', archive.name);

/** Whether something lies where the entry would. */
export const isThere = (entry: CatalogueEntry, directory: string): boolean =>
  existsSync(placeOfEntry(entry, directory));

/**
 * Makes an entry be there, whole: verifies what is, else downloads, verifies, unpacks and only then gives it its name.
 * @throws KdxError `KDX_FETCH_…`, `KDX_INTERRUPTED`
 */
export async function fetchEntry(entry: CatalogueEntry, options: FetchOptions): Promise<Fetched> {
  const { archive, unpack } = entry;
  const { directory, force, offline, catalogue } = options;
  const path = placeOfEntry(entry, directory);
  const home = dirname(path);
  const part = join(home, `${archive.name}.part`);
  checkKind(entry, path);
  if (!force && existsSync(path)) {
    const again = `${fetchCommandFor(entry.name, directory, catalogue)} --force`;
    return { state: 'there', path, verified: await verifyThere(entry, path, again) };
  }
  if (offline) throw await missing(entry, path, part, force ?? false);

  guarded(home, () => makeFolder(resolve(home)));
  const lock = new RunLock(`${part}.lock`, home);
  await take(lock, archive.name, home, options);
  try {
    // Where a checksum tells the right bytes, one that was cut may go on.
    if (force && !hasChecksum(archive)) await removePart(part);
    await download({ ...options, archive, part });
    if (unpack) {
      await unpackArchive({ ...entry, unpack }, part, path).catch(async (error: unknown) => {
        // One that is damaged would be found whole by its size for ever.
        if (isKdxError(error) && error.code === 'KDX_FETCH_ARCHIVE') await removePart(part);
        throw error;
      });
      await removePart(part);
    } else {
      guarded(path, () => renameSync(part, path));
      await removePart(part);
    }
  } finally {
    lock.release();
  }
  return {
    state: 'fetched',
    path,
    verified: checkedBy(archive) || 'nothing: the catalogue knows no checksum',
  };
}

async function take(
  lock: RunLock,
  name: string,
  home: string,
  { signal, onTrouble }: FetchOptions,
): Promise<void> {
  try {
    await lock.claim({ signal, onWait: onTrouble });
  } catch (cause) {
    if (!isKdxError(cause)) throw writeFault(home, cause);
    if (cause.code === 'KDX_INTERRUPTED') throw cause;
    if (cause.code !== 'KDX_RUN_BUSY') throw writeFault(home, cause);
    throw kdxError(
      'KDX_FETCH_BUSY',
      `Another process is fetching ${name}: ${cause.message.replace('--out', '--dir')}`,
      { cause },
    );
  }
}

async function missing(
  { name, archive }: CatalogueEntry,
  path: string,
  part: string,
  force: boolean,
): Promise<KdxError> {
  const begun = await sizeOf(part);
  const size = archive.bytes === undefined ? '' : ` of ${bytesText(archive.bytes)}`;
  const state = force
    ? 'fetching it again needs the network'
    : begun > 0
      ? `only ${bytesText(begun)}${size} of ${archive.name} came so far`
      : 'it was never fetched';
  return kdxError(
    'KDX_FETCH_OFFLINE',
    `${path} is missing and kdx is offline: ${state}; leave out --offline (or KDX_OFFLINE), or put ${hasChecksum(archive) ? 'the same files' : 'it'} there from a machine that has ${name}.`,
  );
}
