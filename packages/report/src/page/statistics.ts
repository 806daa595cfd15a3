import type { Curve } from './page-data';

/** Mean and sample standard deviation (n − 1); a single value has no deviation. */
export interface Spread {
  readonly mean: number;
  readonly std: number | undefined;
  readonly n: number;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Undefined of no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: n > 1 ? Math.sqrt(squares / (n - 1)) : undefined, n };
}

/** Mean difference of pairs with its 95 % interval; one pair has no interval. */
export interface Difference {
  readonly mean: number;
  readonly interval: readonly [low: number, high: number] | undefined;
  readonly n: number;
}

/** @param t975 Student's t(0.975, k) for k = 1, 2, … */
export function differenceOf(
  differences: readonly number[],
  t975: readonly number[],
): Difference | undefined {
  const spread = spreadOf(differences);
  if (!spread) return undefined;
  const { mean, std, n } = spread;
  const quantile = t975[n - 2];
  if (std === undefined || quantile === undefined) return { mean, interval: undefined, n };
  const half = (quantile * std) / Math.sqrt(n);
  return { mean, interval: [mean - half, mean + half], n };
}

/** A mean over curves along x, with what lies around it. */
export interface MeanCurve {
  readonly x: readonly number[];
  readonly mean: readonly number[];
  readonly least: readonly number[];
  readonly most: readonly number[];
  /** Sample standard deviation; 0 of a single curve. */
  readonly std: readonly number[];
}

/**
 * The mean of curves where all of them have values. Curves with other x than the first are read between their points.
 * @param curves x rises in each; those without points are left out
 */
export function meanCurve(curves: readonly Curve[]): MeanCurve {
  const filled = curves.filter(({ x }) => x.length > 0);
  if (filled.length === 0) return { x: [], mean: [], least: [], most: [], std: [] };
  const from = Math.max(...filled.map(({ x }) => x[0]));
  const to = Math.min(...filled.map(({ x }) => x[x.length - 1]));
  const x = filled[0].x.filter((at) => at >= from && at <= to);
  const rows = filled.map((curve) => valuesAt(curve, x));
  const columns = x.map((_, k) => rows.map((row) => row[k]));
  return {
    x,
    mean: columns.map(meanOf),
    least: columns.map((values) => Math.min(...values)),
    most: columns.map((values) => Math.max(...values)),
    std: columns.map((values) => spreadOf(values)?.std ?? 0),
  };
}

/** Values of a curve at rising places within it, straight between its points. */
function valuesAt({ x, y }: Curve, at: readonly number[]): number[] {
  let k = 0;
  return at.map((place) => {
    while (k < x.length - 1 && x[k] < place) k += 1;
    if (x[k] === place || k === 0) return y[k];
    const share = (place - x[k - 1]) / (x[k] - x[k - 1]);
    return y[k - 1] + share * (y[k] - y[k - 1]);
  });
}
