import { downsample, meanOf, short } from './downsample.js';
import type { Curve, LoggedCurve } from './page/page-data.js';

/** Points of a curve: more than a wide screen has pixels for. */
const POINTS = 1000;
/** Means beside them: a smoothed line has no peaks that need more. */
const MEANS = 500;

/** A curve for a page: what it looks like, and where that is not all of it, what its mean is along the way. */
export const loggedCurve = (curve: Curve): LoggedCurve =>
  curve.x.length <= POINTS
    ? downsample(curve, POINTS)
    : // The points that are kept are the extremes, and a mean of those is not that of the curve.
      { ...downsample(curve, POINTS), means: bucketMeans(curve, MEANS) };

/** A curve for a page whose mean nobody asks for. */
export const drawnCurve = (curve: Curve): Curve => downsample(curve, POINTS);

/**
 * Means of `buckets` stretches of a curve, of equally many points or one more, each at the last x of its stretch, so that
 * none says what was not yet known there.
 */
export function bucketMeans({ x, y }: Curve, buckets: number): Curve {
  const ends = Array.from({ length: buckets }, (_, k) => Math.floor(((k + 1) * x.length) / buckets));
  return {
    x: ends.map((end) => short(x[end - 1])),
    y: ends.map((end, k) => short(meanOf(y, ends[k - 1] ?? 0, end))),
  };
}
