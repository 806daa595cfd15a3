import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolDescription } from '@kdx/data';
import type { ExecutionContext } from 'ava';
import type { NewImage } from './pool-writer.js';

export const DESCRIPTION: PoolDescription = {
  inverted: { name: 'convnet', sha256: 'a'.repeat(64) },
  settings: { phases: [{ iterations: 20, scale: 1 }], lr: 0.1, weights: { tvL2: 1e-4 } },
  seed: 0,
  classes: [0, 1, 2],
  classNames: ['cat', 'dog', 'owl'],
  imageSize: [4, 5, 3],
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.25, 0.3],
  imageFormat: { type: 'png' },
};

const SIZE = 4 * 5 * 3;

/** 8-bit pixels of the image with this number. */
export const pixelsOf = (image: number): number[] =>
  Array.from({ length: SIZE }, (_, i) => (i * 37 + image * 101) & 255);

/** Images in [0, 1], `[N, 4, 5, 3]`. */
export const imagesOf = (...images: number[]): Float32Array =>
  Float32Array.from(images.flatMap(pixelsOf), (value) => value / 255);

export const made = (...targets: number[]): NewImage[] =>
  targets.map((target) => ({ target, inverted: { target: 0.9, top1: target, confidence: 0.9 } }));

export async function temporary(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kdx-pool-'));
  t.teardown(() => rm(directory, { recursive: true }));
  return directory;
}

/** Every file of a folder with its bytes, by path, in order. */
export async function filesOf(directory: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path.slice(directory.length + 1), await readFile(path)] as const),
    ),
  );
}
