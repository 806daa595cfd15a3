/** Samples of each class, ascending. */
export function membersOf(labels: ArrayLike<number>, classes: number): number[][] {
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i += 1) members[labels[i]].push(i);
  return members;
}

/** Whether all classes have the same number of samples. */
export function isEven(labels: ArrayLike<number>, classes: number): boolean {
  const members = membersOf(labels, classes);
  return members.every(({ length }) => length === members[0].length);
}
