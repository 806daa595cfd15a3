import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { c } from 'tar';
import type { CatalogueEntry } from './catalogue.js';

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'kdx-fetch-'));

/** A tar.gz of `set/`, with whatever `make` adds to it. */
export async function archiveOf(make: (folder: string) => void = () => {}): Promise<Buffer> {
  const root = temporary();
  mkdirSync(join(root, 'set'));
  writeFileSync(join(root, 'set', 'train.bin'), 'train');
  writeFileSync(join(root, 'set', 'names.txt'), 'cat');
  make(join(root, 'set'));
  const file = join(root, 'set.tar.gz');
  await c({ gzip: true, file, cwd: root }, ['set']);
  return readFileSync(file);
}

export const entryAt = (url: string, bytes: Buffer, more: Partial<CatalogueEntry> = {}): CatalogueEntry => ({
  name: 'set',
  title: 'a set',
  source: 'nowhere',
  licence: 'none',
  archive: {
    name: 'set.tar.gz',
    urls: [url],
    bytes: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
  },
  unpack: { folder: 'set', files: { 'train.bin': 5, 'names.txt': 'any' } },
  ...more,
});
export const quick = { idleMs: 2000, retries: 0, backOffMs: 5 } as const;
