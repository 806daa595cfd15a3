import quantile from '@stdlib/stats-base-dists-t-quantile';

/** Mean and sample standard deviation (n − 1) of one figure over seeds; no deviation of a single one. */
export interface Spread {
  readonly mean: number;
  readonly std: number | null;
  readonly n: number;
}

/** Mean difference of two arms over the seeds they share, and its interval from Student's t. */
export interface PairedDifference {
  readonly mean: number;
  /** 95 % confidence interval; null with fewer than two pairs. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly n: number;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const stdOf = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
};

/** @param values at least one */
export const spreadOf = (values: readonly number[]): Spread => ({
  mean: meanOf(values),
  std: values.length > 1 ? stdOf(values) : null,
  n: values.length,
});

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
  const half = (quantile(0.975, n - 1) * std) / Math.sqrt(n);
  return { mean, interval: [mean - half, mean + half], n };
}
