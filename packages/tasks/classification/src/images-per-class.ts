import type { Split } from '@kdx/core';

/** How many images of a split each class has, by class index; a class without images has no entry. */
export function imagesPerClass({
  length,
  labels,
}: Pick<Split, 'length' | 'labels'>): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let index = 0; index < length; index += 1) {
    const label = labels[index];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}
