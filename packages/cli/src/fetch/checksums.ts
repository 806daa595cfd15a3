import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import type { Archive } from './catalogue.js';

const ALGORITHMS = ['md5', 'sha256'] as const;
export type Digests = Readonly<Record<(typeof ALGORITHMS)[number], string>>;

/** Both digests of a file, in one reading. */
export async function digestsOf(file: string): Promise<Digests> {
  const hashes = ALGORITHMS.map((algorithm) => createHash(algorithm));
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    for (const hash of hashes) hash.update(chunk as Buffer);
  }
  const [md5, sha256] = hashes.map((hash) => hash.digest('hex'));
  return { md5, sha256 };
}

/** Whether there is anything to tell the right bytes by. */
export const hasChecksum = (archive: Archive): boolean =>
  [archive.md5, archive.sha256, archive['sha256-prefix']].some((each) => each !== undefined);

/** What of it was held against the catalogue, for people. */
export const checkedBy = (archive: Archive): string =>
  [
    archive.bytes !== undefined && 'size',
    archive.md5 && 'md5',
    archive.sha256 && 'sha256',
    archive['sha256-prefix'] && `the first ${archive['sha256-prefix'].length} digits of its sha256`,
  ]
    .filter(Boolean)
    .join(', ');

/** How a file differs from what the catalogue says, in words; undefined when it does not. */
export async function difference(file: string, archive: Archive): Promise<string | undefined> {
  const { size } = statSync(file);
  if (archive.bytes !== undefined && size !== archive.bytes)
    return `it has ${size} bytes instead of ${archive.bytes}`;
  if (!hasChecksum(archive)) return undefined;
  const { md5, sha256 } = await digestsOf(file);
  const prefix = archive['sha256-prefix'];
  if (archive.md5 !== undefined && archive.md5 !== md5) return `its md5 is ${md5} instead of ${archive.md5}`;
  if (archive.sha256 !== undefined && archive.sha256 !== sha256)
    return `its sha256 is ${sha256} instead of ${archive.sha256}`;
  if (prefix !== undefined && !sha256.startsWith(prefix))
    return `its sha256 is ${sha256} instead of ${prefix}…`;
  return undefined;
}
