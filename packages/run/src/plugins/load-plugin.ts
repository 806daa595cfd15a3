import { type PluginFactory } from '@kdx/core';
import { checkPluginVersion, type LoadedPlugin } from '@kdx/core/run';
import { isKdxError, KdxError, messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { type FoundPlugin, findPlugin } from './find-plugin.js';
import { factoryOf, importPlugin } from './import-plugin.js';
import type { PluginRequest } from './parse-plugin-list.js';
import { pluginHost } from './plugin-host.js';

/** A plugin that was found, loaded and checked, and not yet called with options. */
export interface LoadedFactory extends FoundPlugin {
  /** How the user named it. */
  readonly name: string;
  readonly factory: PluginFactory;
}

export interface NamedPlugin extends FoundPlugin {
  readonly plugin: LoadedPlugin;
}

/**
 * Finds, loads and checks plugins by name or path. Each check is made for all before the next one begins, so which of
 * several faults is reported does not depend on the order of names.
 * @throws KdxError `KDX_PLUGIN_UNKNOWN`, `KDX_PLUGIN_LOAD`, `KDX_PLUGIN_SHAPE`, `KDX_PLUGIN_VERSION`, in this order
 */
export async function loadFactories(
  names: readonly string[],
  project = process.cwd(),
): Promise<LoadedFactory[]> {
  const found = names.map((name) => ({ name, ...findPlugin(name, project) }));
  for (const { name, file, changed } of found) {
    if (changed === undefined) continue;
    pluginHost().warn({
      code: 'KDX_PLUGIN_STALE',
      message: `${changed} of plugin "${name}" is newer than its build, and ${file} is what is used; run "npm run build" there.`,
    });
  }
  const exported: unknown[] = [];
  for (const { name, file } of found) exported.push(await importPlugin(name, file));
  const loaded = found.map((plugin, at) => ({ ...plugin, factory: factoryOf(exported[at], plugin.file) }));
  for (const { factory, file } of loaded) checkPluginVersion(factory.definition, file);
  for (const { factory, file, builtIn } of loaded) {
    if (!builtIn) pluginHost().loaded(factory.definition.name, file);
  }
  return loaded;
}

/** Finds, loads and checks one plugin. @throws KdxError as {@link loadPlugins} before it calls plugins. */
export async function loadFactory(name: string, project?: string): Promise<LoadedFactory> {
  const [loaded] = await loadFactories([name], project);
  return loaded;
}

/**
 * Finds, loads and checks plugins, and then calls each with its options.
 * @throws KdxError `KDX_PLUGIN_UNKNOWN`, `KDX_PLUGIN_LOAD`, `KDX_PLUGIN_SHAPE`, `KDX_PLUGIN_VERSION`, `KDX_PLUGIN_OPTIONS`, in
 *   this order
 */
export async function loadPlugins(
  requests: readonly PluginRequest[],
  project?: string,
): Promise<NamedPlugin[]> {
  const loaded = await loadFactories(
    requests.map(({ name }) => name),
    project,
  );
  return loaded.map((factory, at) => ({
    file: factory.file,
    builtIn: factory.builtIn,
    plugin: Object.freeze({ ...withOptions(factory, requests[at].options), file: factory.file }),
  }));
}

function withOptions(
  { factory, name, file }: LoadedFactory,
  options: PluginRequest['options'],
): LoadedPlugin {
  const called = factory.definition.name;
  try {
    return factory(options);
  } catch (cause) {
    // A schema may run code of the plugin's own.
    const message = isKdxError(cause)
      ? cause.message.replace(
          `"${called}" failed at its options`,
          `"${called}" (${file}) failed at its options`,
        )
      : `Plugin "${called}" (${file}) failed at its options: ${messageOf(cause)}`;
    // What the plugin calls itself is not always what it can be found by.
    const help = message.replace(`"kdx plugins ${called}"`, `"kdx plugins ${name}"`);
    throw isKdxError(cause)
      ? new KdxError(cause.code, help, { cause })
      : kdxError('KDX_PLUGIN_OPTIONS', help, { cause });
  }
}
