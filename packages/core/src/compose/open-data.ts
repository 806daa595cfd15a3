import type { DataSource } from '../contracts/data.js';
import { ownSource } from '../expected/checked-source.js';
import { dataSource } from '../expected/model-kinds.js';
import { expectShape } from '../expected/shape.js';
import type { HookDriver } from './hook-driver.js';
import { type Resolvers, resolveData } from './resolve-names.js';

/**
 * The data of a run: what a plugin provides, otherwise what the user gave or named, as the plugins' hooks `data` leave it.
 * @throws KdxError `KDX_DATA_SHAPE`, `KDX_DATA_UNKNOWN`, `KDX_HOOK_RESULT`
 */
export async function openData(
  given: DataSource | string,
  provided: DataSource | undefined,
  { hooks, resolvers }: { readonly hooks: HookDriver; readonly resolvers: Resolvers | undefined },
): Promise<DataSource> {
  if (typeof given !== 'string') expectShape(dataSource, given, 'The data', 'KDX_DATA_SHAPE');
  const opened = provided ?? (await resolveData(given, hooks, resolvers));
  return ownSource(await hooks.waterfall('data', dataSource, opened));
}
