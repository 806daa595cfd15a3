/**
 * The first class that has another place in one of two lists of the same names. Of names that are others nothing is said:
 * a network without names of its own has numbers, and data sets spell them in different ways.
 */
export function movedClass(ours: readonly string[], theirs: readonly string[]): number | undefined {
  const known = new Set(theirs);
  if (!ours.every((name) => known.has(name))) return undefined;
  const moved = ours.findIndex((name, k) => name !== theirs[k]);
  return moved < 0 ? undefined : moved;
}
