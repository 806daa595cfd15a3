import { KdxError } from '../errors/kdx-error.js';

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

/**
 * Showings of a process in one epoch. An epoch shows as many as there are images, and so only a share of 1 / `repeats` of
 * the images themselves. DeiT's release rounds the images down to a multiple of 256 first, by which fewer than 256 make an
 * empty epoch; kdx rounds to 1.
 */
export const epochShowings = (images: number, world = 1, roundTo = 1): number =>
  Math.floor((Math.floor(images / roundTo) * roundTo) / world);

/** @throws KdxError `KDX_DATA_SMALL` when an optimiser step, or an epoch, could not hold one image's repeats. */
export function checkRepeats(
  { repeats, batch, accumulate }: { repeats: number; batch: number; accumulate: number },
  { name, images }: { name: string; images: number },
): void {
  if (repeats === 1) return;
  const [holder, size, remedy] =
    images < repeats
      ? [`the data ${name}`, images, 'use more images']
      : ['an optimiser step', batch * accumulate, 'use a larger --batch'];
  if (size >= repeats) return;
  throw new KdxError(
    'KDX_DATA_SMALL',
    `The setting repeats=${repeats} shows each image ${repeats} times, but ${holder} holds ${size}; ${remedy} or --set repeats=1.`,
  );
}
