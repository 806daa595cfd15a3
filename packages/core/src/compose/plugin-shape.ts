import semver from 'semver';
import { PLUGIN_API_VERSION, type Plugin, type PluginDefinition } from '../contracts/plugin.js';
import { kdxError } from '../errors.js';
import { commandFault } from './command-fault.js';

const COMPULSORY = ['name', 'version', 'kdx', 'options'] as const;

/**
 * What keeps a value from being a plugin's definition, as the end of a sentence that begins with its name; undefined
 * when nothing does. Asks what it is and not who made it: a plugin may come with a copy of this package of its own.
 */
function shapeFault(definition: Readonly<Record<string, unknown>>): string | undefined {
  const missing = COMPULSORY.find((key) => definition[key] === undefined);
  if (missing) {
    const example =
      missing === 'kdx' ? ` (the plugin API it was written for: kdx: '^${PLUGIN_API_VERSION}')` : '';
    return `has no ${missing}${example}; definePlugin() needs name, version, kdx and options`;
  }
  for (const key of ['name', 'version', 'kdx'] as const) {
    if (typeof definition[key] !== 'string') return `has a ${key} that is no text`;
  }
  // A term is `<plugin>/<id>` in the run, and lists are split at commas.
  if (!/^\w[\w.-]*$/.test(definition.name as string))
    return 'has a name that is not of letters, digits, ".", "-" and "_"';
  const options = definition.options as { readonly _zod?: unknown; readonly safeParse?: unknown } | null;
  if (typeof options?.safeParse !== 'function' || options._zod === undefined)
    return 'has options that are no schema of Zod 4; write options: z.strictObject({ … })';
  for (const key of ['setup', 'configure', 'brings', 'task'] as const) {
    if (definition[key] !== undefined && typeof definition[key] !== 'function')
      return `has a ${key} that is no function`;
  }
  for (const key of ['requires', 'conflicts', 'offers'] as const) {
    const value = definition[key] ?? [];
    // What a function gives is checked when the options are known.
    if (typeof value === 'function' && key !== 'offers') continue;
    if (!Array.isArray(value) || value.some((capability) => typeof capability !== 'string'))
      return `has ${key} that is no list of capabilities`;
  }
  return commandFault(definition.commands);
}

/**
 * Whether `definition` has all that a plugin must have.
 * @param file where it came from, for the message
 * @throws KdxError `KDX_PLUGIN_SHAPE`
 */
export function checkDefinition(definition: unknown, file?: string): asserts definition is PluginDefinition {
  const given = (definition ?? {}) as Readonly<Record<string, unknown>>;
  const fault = shapeFault(given);
  if (!fault) return;
  const name = typeof given.name === 'string' ? given.name : '(no name)';
  throw kdxError('KDX_PLUGIN_SHAPE', `The plugin ${named(name, file)} ${fault}.`);
}

/**
 * @param what names the value in a message, as in `A plugin`
 * @throws KdxError `KDX_PLUGIN_SHAPE` for what is not a plugin, and for one that was not called
 */
export function checkPlugin(plugin: Plugin, what = 'A plugin'): void {
  const { definition } = (plugin ?? {}) as { readonly definition?: PluginDefinition };
  if (definition === undefined) {
    throw kdxError(
      'KDX_PLUGIN_SHAPE',
      `${what} is not what definePlugin() makes; export default definePlugin({ … }) and call it.`,
    );
  }
  checkDefinition(definition);
  if (typeof plugin === 'function') {
    const { name } = definition;
    throw kdxError('KDX_PLUGIN_SHAPE', `Plugin "${name}" was given as a factory; call it: ${name}().`);
  }
}

/**
 * Whether a plugin was written for this engine. Asked before anything of it runs.
 * @param file where it came from, for the message
 * @throws KdxError `KDX_PLUGIN_VERSION`
 */
export function checkPluginVersion(
  { name, version, kdx }: Pick<PluginDefinition, 'name' | 'version' | 'kdx'>,
  file?: string,
): void {
  if (semver.validRange(kdx) === null) {
    throw kdxError(
      'KDX_PLUGIN_VERSION',
      `Plugin ${named(name, file)} has kdx: "${kdx}", which is not a semver range.`,
    );
  }
  if (!semver.satisfies(PLUGIN_API_VERSION, kdx)) {
    throw kdxError(
      'KDX_PLUGIN_VERSION',
      `Plugin ${named(name, file, version)} was written for plugin API ${kdx} and this kdx has ${PLUGIN_API_VERSION}; install matching versions.`,
    );
  }
}

const named = (name: string, file: string | undefined, version?: string): string =>
  [`"${name}"`, version, file && `(${file})`].filter(Boolean).join(' ');
