import { count, duration } from '@kdx/core/text';

/** What a teacher cache did for a run, or for several. */
export interface CacheUse {
  readonly hits: number;
  readonly misses: number;
  readonly secondsSaved: number;
}

export const addUse = (a: CacheUse, b: CacheUse): CacheUse => ({
  hits: a.hits + b.hits,
  misses: a.misses + b.misses,
  secondsSaved: a.secondsSaved + b.secondsSaved,
});

export const NO_USE: CacheUse = { hits: 0, misses: 0, secondsSaved: 0 };

/** E.g. `66.7 % of 4,710 batches from disk, about 4:32 saved`; undefined where the cache was not asked. */
export function teacherCacheText({ hits, misses, secondsSaved }: CacheUse): string | undefined {
  const asked = hits + misses;
  if (asked === 0) return undefined;
  const saved = secondsSaved >= 1 ? `, about ${duration(secondsSaved)} saved` : '';
  return `${((100 * hits) / asked).toFixed(1)} % of ${count(asked)} batches from disk${saved}`;
}
