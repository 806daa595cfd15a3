import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isKdxError, KdxError, makeFolder, RunLock } from '@kdx/core';
import { bytesText } from '../check/amounts.js';
import type { CatalogueEntry } from './catalogue.js';
import { checkedBy, difference, digestsOf, hasChecksum } from './checksums.js';
import { type DownloadOptions, download } from './download.js';
import { removePart, sizeOf } from './transfer.js';
import { checkFiles, RECEIPT, type Receipt, unpackArchive } from './unpack.js';
import { writeFault } from './write-fault.js';

export interface FetchOptions extends Omit<DownloadOptions, 'archive' | 'part'> {
  /** Where all that is fetched lies. */
  readonly directory: string;
  /** Fetches what is there once more. */
  readonly force?: boolean;
  /** Asks no network. */
  readonly offline?: boolean;
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
  const { directory, force, offline } = options;
  const path = placeOfEntry(entry, directory);
  const home = dirname(path);
  const part = join(home, `${archive.name}.part`);
  if (!force && existsSync(path)) return { state: 'there', path, verified: await verifyThere(entry, path) };
  if (offline) throw await missing(entry, path, part, force ?? false);

  try {
    makeFolder(resolve(home));
  } catch (cause) {
    throw writeFault(home, cause);
  }
  const lock = new RunLock(`${part}.lock`, home);
  take(lock, archive.name);
  try {
    if (force) await removePart(part);
    await download({ ...options, archive, part });
    if (unpack) {
      await unpackArchive({ ...entry, unpack }, part, path).catch(async (error: unknown) => {
        // One that is damaged would be found whole by its size for ever.
        if (isKdxError(error) && error.code === 'KDX_FETCH_ARCHIVE') await removePart(part);
        throw error;
      });
      await removePart(part);
    } else {
      renameSync(part, path);
      rmSync(`${part}.json`, { force: true });
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

function take(lock: RunLock, name: string): void {
  try {
    lock.acquire();
  } catch (cause) {
    if (!isKdxError(cause) || cause.code !== 'KDX_RUN_BUSY') throw cause;
    throw new KdxError(
      'KDX_FETCH_BUSY',
      `Another process is fetching ${name}; wait for it, or choose another --dir.`,
      {
        cause,
      },
    );
  }
}

/** @throws KdxError `KDX_FETCH_DAMAGED` */
async function verifyThere({ name, archive, unpack }: CatalogueEntry, path: string): Promise<string> {
  const damaged = (why: string): KdxError =>
    new KdxError(
      'KDX_FETCH_DAMAGED',
      `${path} is not what it should be: ${why}; fetch it again with "kdx data fetch ${name} --force".`,
    );
  if (!unpack) {
    const fault = await difference(path, archive);
    if (fault !== undefined) throw damaged(fault);
    return checkedBy(archive) || 'nothing: the catalogue knows no checksum';
  }
  checkFiles(path, unpack, (why) => damaged(why));
  const receipt = readReceipt(path);
  if (!receipt) return 'sizes alone: it was not unpacked by kdx';
  for (const [file, { sha256 }] of Object.entries(receipt.files)) {
    const now = (await digestsOf(join(path, file))).sha256;
    if (now !== sha256)
      throw damaged(`the sha256 of "${file}" is ${now} and was ${sha256} when it was unpacked`);
  }
  return 'sizes and sha256 of its files as they were unpacked';
}

function readReceipt(folder: string): Receipt | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, RECEIPT), 'utf8')) as Receipt;
  } catch {
    // Unpacked by hand, it has none.
    return undefined;
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
  return new KdxError(
    'KDX_FETCH_OFFLINE',
    `${path} is missing and kdx is offline: ${state}; leave out --offline (or KDX_OFFLINE), or put ${hasChecksum(archive) ? 'the same files' : 'it'} there from a machine that has ${name}.`,
  );
}
