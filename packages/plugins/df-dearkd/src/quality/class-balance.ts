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

/**
 * The first images of each class, as many as `like` has of it or as there are; ascending.
 * @param labels class of each image to choose from
 * @param like class of each image to be matched
 */
export function asManyOfEachClass(labels: ArrayLike<number>, like: ArrayLike<number>): Uint32Array {
  const wanted = new Map<number, number>();
  for (let i = 0; i < like.length; i += 1) wanted.set(like[i], (wanted.get(like[i]) ?? 0) + 1);
  const chosen: number[] = [];
  for (let index = 0; index < labels.length; index += 1) {
    const left = wanted.get(labels[index]) ?? 0;
    if (left === 0) continue;
    wanted.set(labels[index], left - 1);
    chosen.push(index);
  }
  return Uint32Array.from(chosen);
}
