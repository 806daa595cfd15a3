/** What the numbers of a tensor are like. */
export interface ValueStatistics {
  /** Of the finite values. */
  readonly mean: number;
  /** Population standard deviation of the finite values. */
  readonly std: number;
  /** Share of exact zeros in [0, 1]. */
  readonly zeros: number;
  /** Values that are NaN or infinite. */
  readonly nonFinite: number;
}

export function valueStatistics(values: ArrayLike<number>): ValueStatistics {
  let [sum, squares, zeros, finite] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    finite += 1;
    sum += value;
    if (value === 0) zeros += 1;
  }
  const mean = finite === 0 ? 0 : sum / finite;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) squares += (values[i] - mean) ** 2;
  }
  return {
    mean,
    std: finite === 0 ? 0 : Math.sqrt(squares / finite),
    zeros: values.length === 0 ? 0 : zeros / values.length,
    nonFinite: values.length - finite,
  };
}
