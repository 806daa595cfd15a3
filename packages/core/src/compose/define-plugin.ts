import { z } from 'zod';
import type { Plugin, PluginDefinition, PluginFactory } from '../contracts/plugin.js';
import { didYouMean } from '../errors/did-you-mean.js';
import { KdxError } from '../errors/kdx-error.js';
import { keysAt } from '../errors/keys-at.js';
import { checkDefinition } from './plugin-shape.js';

/**
 * Declares a plugin. The result is called with the options to use it, `dearkd({ blocks: 3 })`.
 * @throws KdxError `KDX_PLUGIN_SHAPE` when something compulsory is missing or of the wrong kind; the factory throws `KDX_PLUGIN_OPTIONS`
 * with the path of each wrong option.
 */
export function definePlugin<S extends z.ZodType>(definition: PluginDefinition<S>): PluginFactory<S> {
  checkDefinition(definition);
  const factory = (options?: z.input<S>): Plugin => {
    const parsed = definition.options.safeParse(options ?? {});
    if (!parsed.success) throw optionError(definition, parsed.error, options);
    return Object.freeze({
      definition: definition as unknown as PluginDefinition,
      options: parsed.data,
      hasOwnOptions: Object.keys((options ?? {}) as object).length > 0,
    });
  };
  return Object.assign(factory, { definition: Object.freeze(definition) });
}

function optionError(
  { name: plugin, options: schema }: Pick<PluginDefinition<z.ZodType>, 'name' | 'options'>,
  error: z.ZodError,
  given: unknown,
): KdxError {
  const wrong = error.issues.map((issue) => {
    const where = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path, given);
      return issue.keys
        .map((key) => {
          const hint = didYouMean(key, known).replace(/^ /, '. ');
          return `there is no option "${[...issue.path, key].join('.')}"${hint}`;
        })
        .join('; ');
    }
    return where === '' ? issue.message : `${where}: ${issue.message}`;
  });
  return new KdxError(
    'KDX_PLUGIN_OPTIONS',
    `Plugin "${plugin}" got options it does not take (${wrong.join('; ')}); "kdx plugins ${plugin}" lists them.`,
  );
}
