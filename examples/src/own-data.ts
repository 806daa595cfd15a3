/**
 * Data of one's own, in two ways: arrays that are in memory, and a source that makes or reads an image when it is asked for one,
 * as one of a database or of a folder would. Claim: both are learnt, and the augmentation is drawn anew for each image and epoch.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Split, Transform } from '@kdx/core';
import { type DataSource } from '@kdx/core';
import { fromArrays } from '@kdx/data';
import { distill } from '@kdx/run';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

const SIDE = 16;
const CLASSES = ['dark above', 'dark below'];

/** Image `index`: one half is darker than the other. A hash stands for noise, so that every reader gets the same image. */
function draw(index: number, out: Float32Array): void {
  const noise = createHash('shake256', { outputLength: SIDE * SIDE })
    .update(String(index))
    .digest();
  for (let y = 0; y < SIDE; y += 1) {
    const dark = y < SIDE / 2 === (index % 2 === 0);
    for (let x = 0; x < SIDE; x += 1) out[y * SIDE + x] = (dark ? 0.2 : 0.5) + noise[y * SIDE + x] / 512;
  }
}

/** So many images from one on. `read` may be asynchronous, and is asked for any image at any time. */
const split = (from: number, length: number): Split => ({
  length,
  labels: Array.from({ length }, (_, i) => (from + i) % 2),
  read: (index, out) => draw(from + index, out),
});

/** Lighter or darker at random; what it draws is keyed by seed, epoch and image, so a run repeats. */
const drawn: number[] = [];
const exposure: Transform = {
  name: 'exposure(0.1)',
  apply({ data }, rng) {
    const shift = 0.2 * rng.uniform() - 0.1;
    drawn.push(shift);
    for (let i = 0; i < data.length; i += 1) data[i] = Math.min(1, Math.max(0, data[i] + shift));
  },
};

export const halves: DataSource = {
  name: 'halves',
  // What tells these images from others, for resume and for the teacher cache.
  digest: 'halves-1',
  imageSize: [SIDE, SIDE, 1],
  labelNames: CLASSES,
  mean: [0.5],
  std: [0.25],
  train: split(0, 128),
  test: split(1000, 64),
  augment: [exposure],
};

export interface OwnDataResult {
  /** Test top-1 in percent, of a student of the source and of one of the arrays. */
  readonly source: number;
  readonly arrays: number;
  /** Random values of the augmentation, and how many of them differ. */
  readonly drawn: number;
  readonly different: number;
}

export async function ownData(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<OwnDataResult> {
  drawn.length = 0;
  const pixels = SIDE * SIDE;
  const inMemory = (from: number, count: number) => {
    const images = new Float32Array(count * pixels);
    for (let i = 0; i < count; i += 1) draw(from + i, images.subarray(i * pixels, (i + 1) * pixels));
    return { images, labels: Array.from({ length: count }, (_, i) => (from + i) % 2) };
  };
  const arrays = fromArrays({
    ...inMemory(0, 128),
    test: inMemory(1000, 64),
    imageSize: [SIDE, SIDE, 1],
    labelNames: CLASSES,
  });
  const train = async (data: DataSource): Promise<number> => {
    const run = await distill({
      student: 'convnet?width=4&stages=2',
      data,
      epochs: 4,
      batch: 16,
      lr: 1e-2,
      out: false,
      backend,
    });
    await run.dispose();
    return run.summary.test?.last.fused.top1 ?? Number.NaN;
  };
  const result = { source: await train(halves), arrays: await train(arrays) };
  say(`test top-1: source ${result.source.toFixed(1)} %, arrays ${result.arrays.toFixed(1)} %`);
  return { ...result, drawn: drawn.length, different: new Set(drawn).size };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ownData(console.log, backendFlag());
