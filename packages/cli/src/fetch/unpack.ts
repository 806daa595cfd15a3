import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KdxError, messageOf, writeJson } from '@kdx/core';
import { x } from 'tar';
import type { CatalogueEntry } from './catalogue.js';
import { digestsOf } from './checksums.js';
import { writeFault } from './write-fault.js';

/** Kept in an unpacked folder: what its files were. */
export const RECEIPT = '.kdx-fetch.json';

export interface Receipt {
  readonly name: string;
  readonly archive: string;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

type Unpack = NonNullable<CatalogueEntry['unpack']>;

const broken = (archive: string, why: string, cause?: unknown): KdxError =>
  new KdxError('KDX_FETCH_ARCHIVE', `${archive} cannot be unpacked: ${why}; fetch it again with --force.`, {
    cause,
  });

/** A fault of the disk and not of the archive. */
const ofDisk = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG', 'EACCES', 'EPERM', 'EROFS'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );

/**
 * Unpacks a tar.gz beside its folder, looks whether all is there, and only then gives it its name.
 * @throws KdxError `KDX_FETCH_ARCHIVE` for one that is damaged, leads out of its folder or lacks files; `KDX_FETCH_WRITE`
 */
export async function unpackArchive(
  entry: CatalogueEntry & { readonly unpack: Unpack },
  file: string,
  target: string,
): Promise<void> {
  const { name, archive, unpack } = entry;
  const work = `${target}.unpacking`;
  try {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
  } catch (cause) {
    throw writeFault(work, cause);
  }
  try {
    let link: string | undefined;
    await x({
      file,
      cwd: work,
      // Whatever the library would pass over with a warning, such as a path with "..", is a reason not to trust it.
      strict: true,
      preserveOwner: false,
      filter: (path, header) => {
        const plain =
          !('type' in header) || ['File', 'OldFile', 'ContiguousFile', 'Directory'].includes(header.type);
        if (!plain) link = path;
        return plain;
      },
    }).catch((cause: unknown) => {
      throw ofDisk(cause) ? writeFault(work, cause) : broken(archive.name, messageOf(cause), cause);
    });
    if (link !== undefined) throw broken(archive.name, `"${link}" in it is a link or device`);
    const folder = join(work, unpack.folder);
    checkFiles(folder, unpack, (why) => broken(archive.name, why));
    const files: Record<string, Receipt['files'][string]> = {};
    for (const each of Object.keys(unpack.files)) {
      const path = join(folder, each);
      files[each] = { bytes: statSync(path).size, sha256: (await digestsOf(path)).sha256 };
    }
    writeJson(join(folder, RECEIPT), { name, archive: archive.name, files } satisfies Receipt);
    // What was there before leaves with the rest of the work folder.
    if (existsSync(target)) renameSync(target, join(work, '.before'));
    renameSync(folder, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Whether each file is there with its size. */
export function checkFiles(folder: string, { files }: Unpack, fault: (why: string) => Error): void {
  for (const [file, bytes] of Object.entries(files)) {
    const found = statSync(join(folder, file), { throwIfNoEntry: false });
    if (!found?.isFile()) throw fault(`it has no "${file}"`);
    if (bytes !== 'any' && found.size !== bytes)
      throw fault(`"${file}" has ${found.size} bytes instead of ${bytes}`);
  }
}
