import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isKdxError, type KdxError, messageOf, writeJson } from '@kdx/tensor';
import { x } from 'tar';
import { z } from 'zod';
import { kdxError } from '../errors.js';
import type { CatalogueEntry } from './catalogue.js';
import { digestsOf } from './checksums.js';
import { guarded, writeFault } from './write-fault.js';

/** Kept in an unpacked folder: what its files were. */
export const RECEIPT = '.kdx-fetch.json';

export const receiptSchema = z.object({
  name: z.string(),
  archive: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});

export type Receipt = z.output<typeof receiptSchema>;

type Unpack = NonNullable<CatalogueEntry['unpack']>;

const broken = (archive: string, why: string, cause?: unknown): KdxError =>
  kdxError('KDX_FETCH_ARCHIVE', `${archive} cannot be unpacked: ${why}; fetch it again with --force.`, {
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
  guarded(work, () => {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
  });
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
    guarded(target, () => {
      writeJson(join(folder, RECEIPT), { name, archive: archive.name, files } satisfies Receipt);
      // What was there before leaves with the rest of the work folder.
      if (existsSync(target)) renameSync(target, join(work, '.before'));
      renameSync(folder, target);
    });
  } catch (cause) {
    throw isKdxError(cause) ? cause : broken(archive.name, messageOf(cause), cause);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Whether each file is there with its size. */
export function checkFiles(folder: string, { files }: Unpack, fault: (why: string) => Error): void {
  for (const [file, bytes] of Object.entries(files)) {
    const path = join(folder, file);
    // What exists can be asked for; the folder itself may be a file.
    const found = existsSync(path) ? statSync(path) : undefined;
    if (!found?.isFile()) throw fault(`it has no "${file}"`);
    if (bytes !== 'any' && found.size !== bytes)
      throw fault(`"${file}" has ${found.size} bytes instead of ${bytes}`);
  }
}
