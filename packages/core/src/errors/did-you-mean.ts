import { closest, distance } from 'fastest-levenshtein';

/**
 * `' Did you mean "layer2"?'` (with the leading space) when one of `candidates` is close to `name`, else `''`.
 * Close is one edit per three letters, at least one, never a whole other name; upper and lower case count as the same.
 */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const folded = new Map<string, string>();
  for (const candidate of candidates) {
    const key = candidate.toLowerCase();
    if (!folded.has(key)) folded.set(key, candidate);
  }
  if (folded.size === 0) return '';
  const wanted = name.toLowerCase();
  const nearest = closest(wanted, [...folded.keys()]);
  const edits = distance(wanted, nearest);
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, nearest.length) / 3));
  return edits <= allowed && edits < wanted.length ? ` Did you mean "${folded.get(nearest)}"?` : '';
}
