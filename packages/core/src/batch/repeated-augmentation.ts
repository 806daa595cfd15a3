import { kdxError } from '../errors.js';

/** How repeated augmentation deals an epoch's order out. */
export interface Repetition {
  /** Images in the order of the epoch. */
  readonly images: number;
  /** How often each is shown, one time after the other. */
  readonly repeats: number;
  /** Which of `world` processes, each of which takes every `world`-th. Default 0 of 1. */
  readonly rank?: number;
  readonly world?: number;
}

/** One showing of an image. */
export interface Showing {
  /** Position in the order of the epoch. */
  readonly place: number;
  /** Which of the image's showings, from 0; each is augmented anew. */
  readonly repeat: number;
}

/**
 * The `position`-th showing of a process in an epoch with repeated augmentation (Hoffer et al. 2020; DeiT's sampler, spec
 * §1.5): each image of the order stands `repeats` times in a row, processes take turns, and what they lack at the end is
 * taken from the beginning again.
 */
export function showingAt(position: number, { images, repeats, rank = 0, world = 1 }: Repetition): Showing {
  const showings = images * repeats;
  const dealt = (rank + world * position) % showings;
  return { place: Math.floor(dealt / repeats), repeat: dealt % repeats };
}

/** How many showings of an epoch a process takes. */
export interface Selection {
  readonly repeats?: number;
  /** Processes that share an epoch. Default 1. */
  readonly ranks?: number;
  /**
   * Images are rounded down to a multiple of it first: 256 in DeiT's release and by default in timm, by which fewer than
   * 256 make an empty epoch. With 0 nothing is rounded down, and the quotient is rounded up (timm's `selected_round=0`).
   * Default 1.
   */
  readonly repeatRound?: number;
  /** What the images are divided by; 0 is the number of ranks (timm's `selected_ratio`). Default 0. */
  readonly repeatRatio?: number;
}

/**
 * Showings of a process in one epoch: `⌊⌊images / round⌋ · round / ratio⌋`, or `⌈images / ratio⌉` where round is 0; never
 * more than it is dealt. With the defaults an epoch shows as many as there are images, and so only a share of 1 / `repeats`
 * of the images themselves.
 */
export function epochShowings(
  images: number,
  { repeats = 1, ranks = 1, repeatRound = 1, repeatRatio = 0 }: Selection = {},
): number {
  const ratio = repeatRatio === 0 ? ranks : repeatRatio;
  const selected =
    repeatRound === 0
      ? Math.ceil(images / ratio)
      : Math.floor((Math.floor(images / repeatRound) * repeatRound) / ratio);
  return Math.min(selected, Math.ceil((images * repeats) / ranks));
}

interface RepeatSettings {
  readonly repeats: number;
  readonly batch: number;
  readonly accumulate: number;
  readonly rank: number;
  readonly ranks: number;
  readonly repeatRound: number;
}

/**
 * @param showings what an epoch shows
 * @throws KdxError `KDX_DATA_SMALL` when an optimiser step, or an epoch, could not hold one image's repeats, or shows
 *   nothing; `KDX_RANGE` for a rank that is not one of `ranks`
 */
export function checkRepeats(
  { repeats, batch, accumulate, rank, ranks, repeatRound }: RepeatSettings,
  { name, images, showings }: { name: string; images: number; showings: number },
): void {
  if (rank >= ranks) {
    throw kdxError(
      'KDX_RANGE',
      `The setting rank=${rank} is not below ranks=${ranks}; ranks are counted from 0, so use --set rank=${ranks - 1} or less.`,
    );
  }
  if (images > 0 && showings === 0) {
    throw kdxError(
      'KDX_DATA_SMALL',
      `With repeatRound=${repeatRound} and ranks=${ranks} an epoch shows none of the ${images} training images of ${name}; use --set repeatRound=1 or more images.`,
    );
  }
  // Several ranks share an image's repeats.
  if (repeats === 1 || ranks > 1) return;
  const [holder, size, remedy] =
    images < repeats
      ? [`the data ${name}`, images, 'use more images']
      : ['an optimiser step', batch * accumulate, 'use a larger --batch'];
  if (size >= repeats) return;
  throw kdxError(
    'KDX_DATA_SMALL',
    `The setting repeats=${repeats} shows each image ${repeats} times, but ${holder} holds ${size}; ${remedy} or --set repeats=1.`,
  );
}
