import type { PatchGrid } from '@kdx/nn';

/** Mean distance of two patches of a grid, in patches: what a head has that attends to all patches evenly. */
export function evenDistance([height, width]: PatchGrid): number {
  let sum = 0;
  // A shift by (rows, columns) has (height − |rows|)·(width − |columns|) pairs of patches.
  for (let rows = 1 - height; rows < height; rows += 1) {
    for (let columns = 1 - width; columns < width; columns += 1) {
      const pairs = (height - Math.abs(rows)) * (width - Math.abs(columns));
      sum += pairs * Math.hypot(rows, columns);
    }
  }
  return sum / (height * width) ** 2;
}
