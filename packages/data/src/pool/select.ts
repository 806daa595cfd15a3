import { emptyPool, twoVerifiers, unverified } from './errors.js';
import type { Pool } from './open-pool.js';
import type { PoolEntry } from './pool-entry.js';

/** Which images of a pool to use. */
export interface PoolSelection {
  /**
   * Keep an image to whose target the verifier gives at least this probability (spec of DF-DearKD §3.1, 0.1 there). Both are
   * rounded to float32, in which the probabilities were computed, so that an equal one is kept. Default: keep all.
   */
  readonly threshold?: number;
  /** At most so many images of each class; a class that has fewer keeps them all. Default: no limit. */
  readonly perClass?: number;
  /**
   * Which of a class `perClass` takes: `first` by key, which is a fair sample, or the most `confident`, by the verifier's
   * probability of the target, the inverted network's where an image is not verified. Default `first`.
   */
  readonly pick?: PickRule;
}

export type PickRule = 'first' | 'confident';

/** Whether the filter keeps an image with this probability of its target. */
export const passes = (probability: number, threshold: number): boolean =>
  Math.fround(probability) >= Math.fround(threshold);

/**
 * The images of a pool that a selection keeps, in the order of their keys: filtered first, then cut to size class by class.
 * A class may end up without any.
 * @throws KdxError `KDX_POOL_UNVERIFIED` for a threshold where images have no score or were scored by different networks,
 *   `KDX_POOL_EMPTY` when none is left
 */
export function selectEntries(pool: Pool, selection: PoolSelection): readonly PoolEntry[] {
  const { directory, entries } = pool;
  if (entries.length === 0) {
    throw emptyPool(directory, 'it has no finished batch yet; run the same kdx synth command again');
  }
  const { threshold, perClass = Number.POSITIVE_INFINITY, pick = 'first' } = selection;
  if (threshold !== undefined) checkVerified(pool);
  const filtered =
    threshold === undefined
      ? entries
      : entries.filter(({ verified }) => verified !== undefined && passes(verified.target, threshold));
  if (filtered.length === 0) {
    const best = Math.max(...entries.map(({ verified }) => verified?.target ?? 0));
    const remedy = `the verifier gives no target more than ${best.toPrecision(3)}, and threshold is ${threshold}; lower it`;
    throw emptyPool(directory, remedy);
  }

  const ranked = pick === 'first' ? filtered : [...filtered].sort((a, b) => confidence(b) - confidence(a));
  const taken = new Map<number, number>();
  const kept = new Set(
    ranked.filter(({ target }) => {
      const before = taken.get(target) ?? 0;
      taken.set(target, before + 1);
      return before < perClass;
    }),
  );
  return filtered.filter((entry) => kept.has(entry));
}

const confidence = ({ verified, inverted }: PoolEntry): number => (verified ?? inverted).target;

function checkVerified({ directory, entries, verifiers }: Pool): void {
  const without = entries.filter(({ verified }) => verified === undefined).length;
  if (without > 0) throw unverified(directory, without, entries.length);
  if (verifiers.length > 1) {
    const [first, second] = verifiers.map(({ name, sha256 }) => `${name}@${sha256.slice(0, 8)}`);
    throw twoVerifiers(directory, first, second);
  }
}
