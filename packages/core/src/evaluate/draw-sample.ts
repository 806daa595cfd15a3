import { keyedRng } from '@kdx/tensor';
import type { Split } from '../contracts/data.js';

/** How a sample has the classes of its split: the same number of each, or one more of some; or each class's share. */
export type SampleKind = 'class-balanced' | 'stratified';

/** Images that stand for their split. */
export interface Sample {
  /** Ascending. */
  readonly indices: Uint32Array;
  /** Absent where the sample is the whole split. */
  readonly kind?: SampleKind;
}

/**
 * Draws images whose mean of any figure estimates that of the split without bias, whatever order the split is in. The split is
 * laid out class by class, classes and the images of each in a random order, and every (N / n)-th image is taken from a random
 * start: each image is as likely as any other, and each class of `c` images gives ⌊c·n/N⌋ or one more.
 * @param images how many at most; a split of no more is taken whole
 * @param seed keys the draw. The default is the same for every run, so that a figure of a teacher is the same in all of them.
 */
export function drawSample(split: Pick<Split, 'length' | 'labels'>, images: number, seed = 0): Sample {
  const { length, labels } = split;
  if (images >= length) return { indices: Uint32Array.from({ length }, (_, index) => index) };
  const members = new Map<number, number[]>();
  for (let index = 0; index < length; index += 1) {
    const known = members.get(labels[index]);
    if (known) known.push(index);
    else members.set(labels[index], [index]);
  }
  const rng = keyedRng(seed, 'sample');
  const classes = [...members.keys()].sort((a, b) => a - b);
  const order = rng.shuffle(classes).flatMap((k) => rng.shuffle(members.get(k) as number[]));
  const start = rng.uniform();
  const indices = Uint32Array.from(
    { length: images },
    (_, i) => order[Math.floor(((i + start) * length) / images)],
  );
  const sizes = [...members.values()].map((each) => each.length);
  const kind = Math.min(...sizes) === Math.max(...sizes) ? 'class-balanced' : 'stratified';
  return { indices: indices.sort(), kind };
}
