/** How evenly images are spread over classes. */
export interface ClassBalance {
  /** Images of the class that has the fewest. */
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Entropy of the classes' shares over log K: 1 where all have as many, 0 where one has all. */
  readonly entropy: number;
}

/**
 * @param labels class of each image, in [0, classes)
 * @param classes K, those without images too
 */
export function classBalance(labels: ArrayLike<number>, classes: number): ClassBalance {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i += 1) counts[labels[i]] += 1;
  const entropy = counts.reduce((sum, count) => {
    const share = count / labels.length;
    return count === 0 ? sum : sum - share * Math.log(share);
  }, 0);
  return {
    min: counts.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY),
    mean: labels.length / classes,
    max: counts.reduce((most, count) => Math.max(most, count), 0),
    entropy: classes === 1 ? 1 : entropy / Math.log(classes),
  };
}
