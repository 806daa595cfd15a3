import { keyedRng } from '@kdx/tensor';
import { classesUsedUp, subsetTooLarge } from '../errors.js';
import { membersOf } from './members.js';

/** Which samples of one split go to two disjoint, class-balanced picks. */
export interface Picks {
  /** Ascending. */
  readonly front: Uint32Array;
  /** Ascending; none of `front`. */
  readonly back: Uint32Array;
}

export interface PickRequest {
  readonly labels: ArrayLike<number>;
  readonly labelNames: readonly string[];
  /** Images of the first pick; `undefined` takes all that the second leaves, balanced or not. */
  readonly front: number | undefined;
  readonly back: number;
  readonly seed: number;
  /** Keys the draw beside the seed, e.g. `train`. */
  readonly purpose: string;
  /** How an error calls what was asked, e.g. `train=60000`. */
  readonly asked: string;
}

/**
 * Draws the same number of images of each class, or one more of some, for classes of one size; `pickStratified` is for others. Every class is put in a random order keyed by
 * (seed, purpose, class); the first pick takes from its front, the second from its back. So a smaller first pick lies
 * within a larger one of the same seed, and the second does not depend on the size of the first.
 * @throws KdxError `KDX_DATA_SUBSET` when a class has too few images, or when the second pick takes all images of some classes.
 */
export function pickBalanced(request: PickRequest): Picks {
  const { labels, labelNames, seed, purpose, asked } = request;
  const wanted = (request.front ?? 0) + request.back;
  if (wanted > labels.length) throw subsetTooLarge(asked, wanted, `${labels.length}`);
  const classes = labelNames.length;
  const members = membersOf(labels, classes);

  // Left-over images go to random classes, from the two ends of one order so that the picks do not compete.
  const order = keyedRng(seed, 'subset', purpose, 'classes').shuffle(
    Array.from({ length: classes }, (_, k) => k),
  );
  const front: number[][] = [];
  const back: number[][] = [];
  const lost: string[] = [];
  for (const [rank, k] of order.entries()) {
    const shuffled = keyedRng(seed, 'subset', purpose, k).shuffle(members[k]);
    const fromBack = quota(request.back, classes, classes - 1 - rank);
    const fromFront = request.front === undefined ? null : quota(request.front, classes, rank);
    if ((fromFront ?? 0) + fromBack > shuffled.length) {
      const available = `${shuffled.length} of class "${labelNames[k]}"`;
      throw subsetTooLarge(`${asked}, the same number per class,`, (fromFront ?? 0) + fromBack, available);
    }
    const cut = shuffled.length - fromBack;
    if (fromFront === null && cut === 0) lost.push(labelNames[k]);
    front.push(shuffled.slice(0, fromFront ?? cut));
    back.push(shuffled.slice(cut));
  }
  if (lost.length > 0 && lost.length < classes) throw classesUsedUp(asked, labels.length - classes, lost);
  return { front: Uint32Array.from(front.flat()).sort(), back: Uint32Array.from(back.flat()).sort() };
}

const quota = (images: number, classes: number, rank: number): number =>
  Math.floor(images / classes) + (rank < images % classes ? 1 : 0);
