import type { DataSource } from '../contracts/data.js';
import type { ModelRecipe } from '../contracts/model.js';
import { kdxError } from '../errors.js';
import { ownSource } from '../expected/checked-source.js';
import { dataSource, recipe } from '../expected/model-kinds.js';
import type { HookDriver } from './hook-driver.js';

/** Asked when no plugin knows a name. */
export interface Resolvers {
  model?(name: string): ModelRecipe | Promise<ModelRecipe>;
  data?(spec: string): DataSource | Promise<DataSource>;
}

/** @throws KdxError `KDX_MODEL_UNKNOWN` */
export async function resolveModel(
  name: string,
  hooks: HookDriver,
  resolvers?: Resolvers,
): Promise<ModelRecipe> {
  const found = (await hooks.first('resolveModel', recipe, name)) ?? (await resolvers?.model?.(name));
  if (found) return found;
  throw kdxError('KDX_MODEL_UNKNOWN', `No model is called "${name}"; "kdx models" lists them.`);
}

/** @throws KdxError `KDX_DATA_UNKNOWN` */
export async function resolveData(
  data: DataSource | string,
  hooks: HookDriver,
  resolvers?: Resolvers,
): Promise<DataSource> {
  if (typeof data !== 'string') return data;
  const source = (await hooks.first('resolveData', dataSource, data)) ?? (await resolvers?.data?.(data));
  if (source) return ownSource(source);
  throw kdxError('KDX_DATA_UNKNOWN', `No data source understands "${data}"; "kdx data" lists them.`);
}
