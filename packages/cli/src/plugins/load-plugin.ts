import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { didYouMean, isKdxError, KdxError, messageOf, type Plugin, type PluginFactory } from '@kdx/core';
import { BUILT_IN_PLUGINS } from './built-in.js';
import type { PluginRequest } from './parse-plugin-list.js';
import { resolvePackage } from './resolve-package.js';

export interface LoadedPlugin {
  readonly plugin: Plugin;
  /** The file it came from. */
  readonly file: string;
}

/**
 * Finds and loads a plugin: a path, then `@kdx/plugin-x`, then `kdx-plugin-x`, then the name as a package of its own,
 * each from the user's project first and from beside kdx second.
 * @throws KdxError `KDX_PLUGIN_UNKNOWN`, `KDX_PLUGIN_LOAD`, `KDX_PLUGIN_SHAPE`, `KDX_PLUGIN_OPTIONS`
 */
export async function loadPlugin(
  { name, options }: PluginRequest,
  project = process.cwd(),
): Promise<LoadedPlugin> {
  const { factory, file } = await loadFactory(name, project);
  return { plugin: factory(options), file };
}

export async function loadFactory(
  name: string,
  project = process.cwd(),
): Promise<{ factory: PluginFactory; file: string }> {
  const file = findPlugin(name, project);
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (cause) {
    if (isKdxError(cause)) throw cause;
    throw new KdxError(
      'KDX_PLUGIN_LOAD',
      `Plugin "${name}" (${file}) cannot be loaded: ${messageOf(cause)}`,
      { cause },
    );
  }
  const factory = loaded.default as PluginFactory | undefined;
  if (typeof factory !== 'function' || typeof factory.definition?.setup !== 'function') {
    throw new KdxError(
      'KDX_PLUGIN_SHAPE',
      `${file} has no plugin as its default export; write "export default definePlugin({ … })".`,
    );
  }
  return { factory, file };
}

/**
 * Whether a plugin is named by its file and not by its package: `./x.mjs`, and `plugins/x.mjs` or `x.mjs` too, since no
 * package without a scope has a slash or such an ending.
 */
export const isPluginPath = (name: string): boolean =>
  name.startsWith('.') || isAbsolute(name) || (!name.startsWith('@') && /[/\\]|\.[cm]?[jt]s$/.test(name));

function findPlugin(name: string, project: string): string {
  if (isPluginPath(name)) {
    const file = resolve(project, name);
    if (existsSync(file)) return file;
    throw new KdxError('KDX_PLUGIN_UNKNOWN', `There is no plugin file ${file}.`);
  }
  const packages = name.startsWith('@') ? [name] : [`@kdx/plugin-${name}`, `kdx-plugin-${name}`, name];
  for (const from of [join(project, 'package.json'), fileURLToPath(import.meta.url)]) {
    for (const candidate of packages) {
      // A bare name could be any package; it counts only when it says in its own name that it is a plugin.
      if (candidate === name && !/kdx-plugin-|\/plugin-/.test(name)) continue;
      // Not there: the next place is asked, and the error below names them all.
      const file = resolvePackage(candidate, from);
      if (file !== undefined) return file;
    }
  }
  const hint = didYouMean(name, BUILT_IN_PLUGINS);
  throw new KdxError(
    'KDX_PLUGIN_UNKNOWN',
    `No plugin is called "${name}": none of ${packages.join(', ')} is installed in ${project} or beside kdx.${hint} "kdx plugins" lists what is there.`,
  );
}
