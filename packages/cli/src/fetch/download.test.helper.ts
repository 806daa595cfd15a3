import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Archive } from './catalogue.js';
import { type DownloadOptions, download } from './download.js';

/** The file that the servers of these tests have. */
export const BYTES = randomBytes(200_000);
export const sha256 = createHash('sha256').update(BYTES).digest('hex');
export const md5 = createHash('md5').update(BYTES).digest('hex');

export const partFile = (): string => join(mkdtempSync(join(tmpdir(), 'kdx-fetch-')), 'file.bin.part');
export const archiveAt = (...urls: string[]): Archive => ({
  name: 'file.bin',
  urls,
  bytes: BYTES.length,
  sha256,
  md5,
});
const quick = { idleMs: 20_000, retries: 2, backOffMs: 5 } as const;

export interface Story {
  readonly part: string;
  readonly troubles: string[];
  readonly result: Promise<void>;
}
/** A download with little patience, and what it told. */
export const begin = (archive: Archive, options: Partial<DownloadOptions> = {}): Story => {
  const troubles: string[] = [];
  const part = options.part ?? partFile();
  const onTrouble = (message: string): void => void troubles.push(message);
  return { part, troubles, result: download({ archive, part, ...quick, onTrouble, ...options }) };
};
export const whole = (part: string): boolean => readFileSync(part).equals(BYTES);
