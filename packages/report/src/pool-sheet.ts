import { createHash } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { contactSheet, openPool, type PickRule, type PoolSelection, selectEntries } from '@kdx/data';
import { messageOf } from '@kdx/tensor';
import type { PoolView } from './page/page-data.js';
import type { SoundRecord } from './run-schemas.js';

/** Pixels that a sheet may have in each direction, about. */
const SIDE = 720;

export interface PoolSheet {
  readonly view?: PoolView;
  /** An SVG document as data URI, which `view` names by its hash. */
  readonly sheet?: string;
  readonly note?: string;
}

/**
 * A contact sheet of the pool that a run was trained on, by `df-dearkd` or `--data pool:DIR`; nothing where it was trained on
 * none, and a note where the pool is gone or damaged.
 */
export async function poolSheet(record: SoundRecord): Promise<PoolSheet> {
  const spec = poolOf(record);
  if (spec === undefined) return {};
  const [source, query = ''] = spec.split(/\?(.*)/s);
  const directory = isAbsolute(source) ? source : resolve(record.cwd ?? '.', source);
  try {
    const pool = await openPool(directory);
    const entries = selectEntries(pool, selectionOf(query));
    const [height, width] = pool.description.imageSize;
    const scale = Math.max(1, Math.floor(64 / width));
    const fit = (side: number): number => Math.max(2, Math.min(10, Math.floor(SIDE / (side * scale))));
    const { svg } = await contactSheet(pool, {
      classes: pool.description.classes.slice(0, fit(height)),
      columns: fit(width),
      scale,
      entries,
    });
    const sheet = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    const hash = createHash('sha256').update(sheet).digest('base64url').slice(0, 16);
    return { view: { name: spec, images: entries.length, sheet: hash }, sheet };
  } catch (error) {
    return { note: `The pool ${spec} it was trained on is not shown: ${messageOf(error)}` };
  }
}

/** `pools/a?threshold=0.1`, as the run was given it. */
function poolOf({ config, pinned }: SoundRecord): string | undefined {
  for (const plugin of pinned?.plugins ?? []) {
    const [, options] = /^df-dearkd@\S+ (\{.*?\})(?: sha256:\w+)?$/s.exec(plugin) ?? [];
    if (options === undefined) continue;
    const [, pool] = /"pool":("(?:[^"\\]|\\.)*")/.exec(options) ?? [];
    if (pool !== undefined) return JSON.parse(pool) as string;
  }
  const data = config?.data;
  return typeof data === 'string' && data.startsWith('pool:') ? data.slice('pool:'.length) : undefined;
}

/** What of the pool was trained on, but for random subsets (`train`, `validation`), of which the sheet shows more. */
function selectionOf(query: string): PoolSelection {
  const said = new URLSearchParams(query);
  const number = (key: string): number | undefined => (said.has(key) ? Number(said.get(key)) : undefined);
  return {
    threshold: number('threshold'),
    perClass: number('per-class'),
    pick: (said.get('pick') ?? 'first') as PickRule,
  };
}
