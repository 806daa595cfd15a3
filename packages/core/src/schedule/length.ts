import type { Length } from '../contracts/schedule.js';
import { kdxError } from '../errors.js';
import { numberText } from './number-text.js';

/**
 * `length` in epochs of a run of `epochs`: a number is epochs, `'10%'` a share of the run. Not rounded.
 * @throws KdxError `KDX_SCHEDULE_INVALID` when it is neither, or negative.
 */
export function lengthInEpochs(length: Length, epochs: number): number {
  const value =
    typeof length === 'number'
      ? length
      : /^\d+(\.\d+)?%$/.test(length)
        ? (Number(length.slice(0, -1)) / 100) * epochs
        : Number.NaN;
  if (!(value >= 0)) {
    throw kdxError(
      'KDX_SCHEDULE_INVALID',
      `${JSON.stringify(length)} is no length; give epochs, like 5, or a share of the run, like "10%".`,
    );
  }
  return value;
}

/** How a length reads in a schedule's text: `5` or `10%`. */
export const lengthText = (length: Length): string =>
  typeof length === 'number' ? numberText(length) : length;
