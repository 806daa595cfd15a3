import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isKdxError, KdxError, messageOf, readJson } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { CatalogueEntry } from './catalogue.js';
import { checkedBy, difference, digestsOf } from './checksums.js';
import { checkFiles, RECEIPT, type Receipt, receiptSchema } from './unpack.js';

/** Refuses a file where a folder belongs, and the other way round. @throws KdxError `KDX_FETCH_DAMAGED` */
export function checkKind({ unpack }: CatalogueEntry, path: string): void {
  if (!existsSync(path) || statSync(path).isDirectory() === (unpack !== undefined)) return;
  const [is, should] = unpack ? ['file', 'folder'] : ['folder', 'file'];
  throw kdxError(
    'KDX_FETCH_DAMAGED',
    `${path} is a ${is} where a ${should} belongs; move it away and give the same command again.`,
  );
}

/**
 * Holds what lies there against the catalogue, and a folder against what its files were when they were unpacked.
 * @param again the command that fetches it again
 * @returns what it was held against, in words
 * @throws KdxError `KDX_FETCH_DAMAGED`
 */
export async function verifyThere(entry: CatalogueEntry, path: string, again: string): Promise<string> {
  const { archive, unpack } = entry;
  const damaged = (why: string, cause?: unknown): KdxError =>
    kdxError(
      'KDX_FETCH_DAMAGED',
      `${path} is not what it should be: ${why}; fetch it again with "${again}".`,
      { cause },
    );
  try {
    if (unpack) return await verifyFolder(path, unpack, damaged);
    const fault = await difference(path, archive);
    if (fault !== undefined) throw damaged(fault);
    return checkedBy(archive) || 'nothing: the catalogue knows no checksum';
  } catch (cause) {
    throw isKdxError(cause) ? cause : damaged(messageOf(cause), cause);
  }
}

async function verifyFolder(
  path: string,
  unpack: NonNullable<CatalogueEntry['unpack']>,
  damaged: (why: string) => KdxError,
): Promise<string> {
  checkFiles(path, unpack, damaged);
  // Unpacked by hand, it has none.
  if (!existsSync(join(path, RECEIPT))) return 'sizes alone: it was not unpacked by kdx';
  const { files } = readReceipt(path, damaged);
  const unnamed = Object.keys(unpack.files).find((file) => !Object.hasOwn(files, file));
  if (unnamed !== undefined) throw damaged(`its ${RECEIPT} does not name "${unnamed}"`);
  for (const [file, { sha256 }] of Object.entries(files)) {
    const now = (await digestsOf(join(path, file))).sha256;
    if (now !== sha256)
      throw damaged(`the sha256 of "${file}" is ${now} and was ${sha256} when it was unpacked`);
  }
  return 'sizes and sha256 of its files as they were unpacked';
}

function readReceipt(folder: string, damaged: (why: string) => KdxError): Receipt {
  return readJson(join(folder, RECEIPT), receiptSchema, (why) =>
    damaged(`its ${RECEIPT} is not a record of what was unpacked (${why})`),
  );
}
