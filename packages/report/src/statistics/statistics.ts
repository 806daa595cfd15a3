import quantile from '@stdlib/stats-base-dists-t-quantile';
import { spreadOf } from './spread.js';

/** Mean difference of two arms over the seeds they share, and its interval from Student's t. */
export interface PairedDifference {
  readonly mean: number;
  /** 95 % confidence interval; null with fewer than two pairs. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly n: number;
}

/**
 * mean(d) ± t(0.975, n − 1) · std(d) / √n of the differences d = value − reference, pair by pair. Seeds decide weights,
 * order and augmentation of both arms, which is what makes them pairs.
 * @param pairs at least one
 */
export function pairedDifference(
  pairs: readonly (readonly [value: number, reference: number])[],
): PairedDifference {
  const differences = pairs.map(([value, reference]) => value - reference);
  const { mean, std, n } = spreadOf(differences);
  if (std === null) return { mean, interval: null, n };
  const half = (studentQuantile(n - 1) * std) / Math.sqrt(n);
  return { mean, interval: [mean - half, mean + half], n };
}

/** t(0.975, n), the half width of a 95 % interval in standard errors. @param degrees of freedom, at least 1 */
export const studentQuantile = (degrees: number): number => quantile(0.975, degrees);
