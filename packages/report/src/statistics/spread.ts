/** Mean and sample standard deviation (n − 1) of one figure over seeds; no deviation of a single one. */
export interface Spread {
  readonly mean: number;
  readonly std: number | null;
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
