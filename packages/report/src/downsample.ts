import type { Curve } from './page/page-data.js';

/**
 * At most `most` points of a curve that look like all of them: the first, the last, and of each stretch between the point
 * that spans the largest triangle with its neighbours (Steinarsson, "Downsampling Time Series for Visual Representation",
 * 2013, section 4.2, LTTB), so that peaks stay.
 */
export function downsample({ x, y }: Curve, most: number): Curve {
  const length = x.length;
  if (length <= most || most < 3) return { x: x.map(short), y: y.map(short) };
  const size = (length - 2) / (most - 2);
  const kept = [0];
  for (let bucket = 0; bucket < most - 2; bucket += 1) {
    const start = Math.floor(bucket * size) + 1;
    const end = Math.floor((bucket + 1) * size) + 1;
    const nextEnd = Math.min(length, Math.floor((bucket + 2) * size) + 1);
    const [nextX, nextY] = [meanOf(x, end, nextEnd), meanOf(y, end, nextEnd)];
    const last = kept[kept.length - 1];
    let largest = -1;
    let chosen = start;
    for (let k = start; k < end; k += 1) {
      const area = Math.abs((x[last] - nextX) * (y[k] - y[last]) - (x[last] - x[k]) * (nextY - y[last]));
      if (area > largest) [largest, chosen] = [area, k];
    }
    kept.push(chosen);
  }
  kept.push(length - 1);
  return { x: kept.map((k) => short(x[k])), y: kept.map((k) => short(y[k])) };
}

export function meanOf(values: readonly number[], start: number, end: number): number {
  let sum = 0;
  for (let k = start; k < end; k += 1) sum += values[k];
  return sum / (end - start);
}

/** Seven digits, more than a screen shows: the page is smaller by half. */
export const short = (value: number): number => Number(value.toPrecision(7));
