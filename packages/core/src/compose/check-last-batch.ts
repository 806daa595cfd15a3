import { isKdxError, KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { ImageSize, Model } from '../contracts/model.js';
import type { RunRng } from '../contracts/slot.js';
import { kdxError } from '../errors.js';
import type { RunSettings } from '../settings/settings.js';

interface EpochImages {
  /** Images of an epoch, repeats included. */
  readonly showings: number;
  readonly imageSize: ImageSize;
}

type Batches = Pick<RunSettings, 'batch' | 'dropLast'>;

/**
 * Tries one image in training mode where the last batch of an epoch has one: batch norm over a map of 1 × 1 then sees a
 * single value per channel, which the run would otherwise find out after an epoch of work. Buffers are put back.
 * @throws KdxError `KDX_BATCH_TOO_SMALL`
 */
export function checkLastBatch(
  student: Model,
  { showings, imageSize }: EpochImages,
  settings: Batches,
  rng: RunRng,
): void {
  if (smallestBatch(showings, settings) !== 1) return;
  const before = [...student.buffers.values()].map(({ variable }) => ({
    variable,
    value: tf.clone(variable),
  }));
  try {
    tf.tidy(() => {
      student.forward(tf.zeros([1, ...imageSize]), {
        training: true,
        rng: (purpose) => rng('last-batch', purpose),
      });
    });
  } catch (cause) {
    // Any other fault is not of the last batch alone: the run reports it with its step.
    if (isTooSmall(cause)) throw tooSmall(cause, showings, settings);
  } finally {
    for (const { variable, value } of before) {
      variable.assign(value);
      value.dispose();
    }
  }
}

export const isTooSmall = (error: unknown): error is KdxError =>
  isKdxError(error) && error.code === 'KDX_BATCH_TOO_SMALL';

/** Images of the smallest batch of an epoch. */
function smallestBatch(showings: number, { batch, dropLast }: Batches): number {
  const rest = showings % batch;
  return rest === 0 || dropLast ? batch : rest;
}

/** What a layer says of a batch of one image, with where that batch is from and how to be rid of it. */
export function tooSmall(cause: KdxError, showings: number, { batch, dropLast }: Batches): KdxError {
  const rest = showings % batch;
  if (rest === 0 || dropLast) return cause;
  const layer = cause.message.split(', which has no variance')[0];
  let other = batch - 1;
  while (other > 1 && showings % other === 1) other -= 1;
  const choice = other > 1 ? `, or take another --batch, e.g. ${other}` : '';
  return kdxError(
    'KDX_BATCH_TOO_SMALL',
    `The last batch of an epoch has ${rest} ${rest === 1 ? 'image' : 'images'} (${showings} in batches of ${batch}). ${layer} of it, which has no variance; leave that batch out (--set dropLast=true)${choice}.`,
    { cause },
  );
}
