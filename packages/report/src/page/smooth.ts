import type { Curve } from './page-data';

/** Parts of a chart's width in one of which the past loses all but `weight` of its say. */
const PARTS = 200;

/**
 * Exponential mean of a curve, with the start not drawn towards 0 (Kingma and Ba, 2015, section 3). Each value stands for
 * the stretch of x since the one before it, however long that is, so that a curve that was logged or sent more sparsely is
 * smoothed no further.
 * @param weight what the past still counts after a stretch of `unit`, in [0, 1)
 * @param unit in the units of x
 */
export function smooth({ x, y }: Curve, weight: number, unit: number): number[] {
  let [mean, share] = [0, 0];
  return y.map((value, k) => {
    // The first value has none before it; it stands for as much as the second does.
    const stretch = k > 0 ? x[k] - x[k - 1] : x[1] - x[0];
    const kept = stretch > 0 ? weight ** (stretch / unit) : k > 0 ? 1 : 0;
    mean = kept * mean + (1 - kept) * value;
    share = kept * share + (1 - kept);
    return mean / share;
  });
}

/**
 * What a weight counts by: a part of the longest line of a chart. All lines of a chart are so smoothed over the same number
 * of steps (or epochs), which is what makes them comparable, and a place of the slider is the same share of the chart's width
 * whether that is twenty steps or a million.
 * @param longest in the units of x, of runs that go on as long as they will be
 */
export const smoothingUnit = (longest: number): number => longest / PARTS;

/** How far back a weight looks: the x over which the past comes to count 1/e. */
export const smoothingReach = (weight: number, unit: number): number => -unit / Math.log(weight);
