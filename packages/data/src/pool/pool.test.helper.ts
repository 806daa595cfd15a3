import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { png } from '../images/png.test.helper.js';

/** What tests say of an image; the rest is made up. */
export interface Made {
  readonly target: number;
  readonly verified?: number;
  readonly inverted?: number;
  readonly duplicateOf?: string;
}

export const CLASS_NAMES = ['cat', 'dog', 'owl'];

/** Pixels of the image at a place of a batch, `[2, 3, 3]`. */
export const pixelsOf = (batch: number, place: number): number[] =>
  Array.from({ length: 18 }, (_, i) => (i * 37 + place * 11 + batch * 101) & 255);

const score = (target: number, top1: number) => ({ target, top1, confidence: Math.max(target, 0.5) });

/** Files of a pool with the given batches, by path, written as the format says and not by kdx's own writer. */
export function poolFiles(batches: readonly (readonly Made[])[]): Record<string, string | Buffer> {
  const description = {
    format: 1,
    inverted: { name: 'convnet', sha256: 'a'.repeat(64) },
    settings: {},
    seed: 0,
    classes: [0, 1, 2],
    classNames: CLASS_NAMES,
    imageSize: [2, 3, 3],
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.25, 0.3],
    imageFormat: { type: 'png' },
  };
  const files: Record<string, string | Buffer> = { 'pool.json': JSON.stringify(description) };
  for (const [batch, images] of batches.entries()) {
    const number = String(batch).padStart(4, '0');
    const record = {
      format: 1,
      batch,
      verifier: images.some(({ verified }) => verified !== undefined)
        ? { name: 'judge', sha256: 'b'.repeat(64) }
        : undefined,
      images: images.map(({ target, verified, inverted = 0.9, duplicateOf }, place) => ({
        place,
        target,
        sha256: createHash('sha256')
          .update(Uint8Array.from(pixelsOf(batch, place)))
          .digest('hex'),
        inverted: score(inverted, target),
        verified: verified === undefined ? undefined : score(verified, target),
        duplicateOf,
      })),
    };
    files[`batches/${number}.json`] = JSON.stringify(record);
    for (const [place, { target, duplicateOf }] of images.entries()) {
      if (duplicateOf !== undefined) continue;
      const name = `images/00${target}/${number}-${String(place).padStart(3, '0')}.png`;
      files[name] = png(pixelsOf(batch, place), [2, 3, 3]);
    }
  }
  return files;
}

/** A folder with these files, deleted after the test; `null` leaves a file out. */
export async function folderOf(
  t: ExecutionContext,
  files: Readonly<Record<string, string | Buffer | null>>,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kdx-pool-'));
  t.teardown(() => rm(directory, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    if (content === null) continue;
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}
