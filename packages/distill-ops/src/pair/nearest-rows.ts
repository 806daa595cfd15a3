import type { LayerFeature } from '@kdx/core';

/**
 * The feature whose grid has the number of rows that is nearest to `rows` by ratio, so that twice as many are as far as half;
 * the first of equal ones, undefined of none.
 */
export function nearestRows<F extends Pick<LayerFeature, 'grid'>>(
  features: readonly F[],
  rows: number,
): F | undefined {
  const distance = ({ grid }: F): number => Math.abs(Math.log(grid[0] / rows));
  return [...features].sort((a, b) => distance(a) - distance(b))[0];
}
