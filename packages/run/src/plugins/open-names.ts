import { type NameResolution, resolveNamesBy } from '@kdx/core/run';
import { resolveData } from '@kdx/data';
import { makePlugins } from './make-plugins.js';
import { namedModel } from './named-model.js';

/**
 * The names of models and data sets that come with kdx, and those that `plugins` bring (`./own-data.mjs,my-zoo`). Plugins are
 * asked first.
 * @throws KdxError `KDX_PLUGIN_…`, `KDX_ADAPT_NO_STUDENT`
 */
export async function openNames(plugins: string | undefined): Promise<NameResolution> {
  const made = await makePlugins(plugins ?? []);
  return resolveNamesBy(
    made.map(({ plugin }) => plugin),
    { resolvers: { model: namedModel, data: resolveData } },
  );
}
