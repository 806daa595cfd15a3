import { didYouMean, isKdxError, type KdxError, keysAt, messageOf } from '@kdx/tensor';
import { z } from 'zod';
import type { Plugin, PluginDefinition, PluginFactory } from '../contracts/plugin.js';
import { kdxError } from '../errors.js';
import { inPlugin } from '../plugin-scope.js';
import { checkDefinition } from './plugin-shape.js';

/**
 * Declares a plugin. The result is called with the options to use it, `dearkd({ blocks: 3 })`.
 * @throws KdxError `KDX_PLUGIN_SHAPE` when something compulsory is missing or of the wrong kind; the factory throws `KDX_PLUGIN_OPTIONS`
 * with the path of each wrong option.
 */
export function definePlugin<S extends z.ZodType>(definition: PluginDefinition<S>): PluginFactory<S> {
  checkDefinition(definition);
  const factory = (options?: z.input<S>): Plugin => {
    const parsed = parseOptions(definition, options);
    if (!parsed.success) throw optionError(definition, parsed.error, options);
    return Object.freeze({
      definition: definition as unknown as PluginDefinition,
      options: parsed.data,
      hasOwnOptions: Object.keys((options ?? {}) as object).length > 0,
    });
  };
  return Object.assign(factory, { definition: Object.freeze(definition) });
}

/** A schema may run code of the plugin's own: a transform that throws, or one that is asynchronous. */
function parseOptions<S extends z.ZodType>({ name, options: schema }: PluginDefinition<S>, given: unknown) {
  try {
    return inPlugin(name, () => schema.safeParse(given ?? {}));
  } catch (cause) {
    if (isKdxError(cause)) throw cause;
    throw kdxError('KDX_PLUGIN_OPTIONS', `Plugin "${name}" failed at its options: ${messageOf(cause)}`, {
      cause,
    });
  }
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
  return kdxError(
    'KDX_PLUGIN_OPTIONS',
    `Plugin "${plugin}" got options it does not take (${wrong.join('; ')}); "kdx plugins ${plugin}" lists them.`,
  );
}
