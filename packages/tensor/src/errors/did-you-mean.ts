import { editDistance } from './edit-distance.js';

/**
 * `' Did you mean "layer2"?'` (with the leading space) when one of `candidates` is close to `name`, otherwise `''`.
 * Close is one edit per three letters, at least one, never a whole other name; two neighbours swapped are one edit, and
 * upper and lower case count as the same.
 */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const wanted = name.toLowerCase();
  let nearest = '';
  let edits = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance >= edits) continue;
    nearest = candidate;
    edits = distance;
  }
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, nearest.length) / 3));
  return edits <= allowed && edits < wanted.length ? ` Did you mean "${nearest}"?` : '';
}
