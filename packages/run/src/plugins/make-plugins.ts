import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Plugin } from '@kdx/core';
import { hashFile } from '../folder/record.js';
import { builtInPlugins } from './built-in.js';
import { isPluginPath } from './find-plugin.js';
import { loadPlugins, type NamedPlugin } from './load-plugin.js';
import { type PluginRequest, parsePluginList } from './parse-plugin-list.js';

/** A plugin as a person gives it: an object, a name or path, or either with options. Falsy entries are ignored. */
export type PluginEntry =
  | Plugin
  | string
  | readonly [name: string, options: Record<string, unknown>]
  | false
  | null
  | undefined;

export interface MadePlugin {
  readonly plugin: Plugin;
  /** How a config names it, so that a resume finds the same one; a path is absolute. */
  readonly entry: readonly [name: string, options: unknown];
  /** Whether `entry` is enough to make it again. */
  readonly byName: boolean;
  /** Whether it is one that comes with kdx. */
  readonly builtIn: boolean;
  /** The file it was loaded from, unless it was given as an object. */
  readonly file?: string;
  /** sha256 of a plugin that is a file of its own; a package has its version. */
  readonly sha256?: string;
}

/**
 * Plugins given as objects, by name, or as a comma-separated list. What is given twice alike is made once.
 * @throws KdxError `KDX_PLUGIN_…`
 */
export async function makePlugins(given: string | readonly PluginEntry[]): Promise<MadePlugin[]> {
  const entries = (typeof given === 'string' ? [given] : given).flatMap(
    (entry): (Plugin | PluginRequest)[] => {
      if (!entry) return [];
      if (isObject(entry)) return [entry];
      return parsePluginList(typeof entry === 'string' ? entry : [entry]);
    },
  );
  // All at once, so that the checks come in one order; see loadFactories.
  const loaded = await loadPlugins(entries.filter(isRequest));
  const made: MadePlugin[] = [];
  for (const entry of entries) {
    made.push(isRequest(entry) ? await fromName(entry, loaded.shift() as NamedPlugin) : fromObject(entry));
  }
  return withoutTwins(made);
}

function withoutTwins(made: readonly MadePlugin[]): MadePlugin[] {
  const kept: MadePlugin[] = [];
  for (const one of made) {
    const at = kept.findIndex((other) => areTwins(one, other));
    if (at < 0) kept.push(one);
    // Options that someone wrote do not give way to those that another plugin brings it with, even where they are the defaults.
    else if (one.plugin.hasOwnOptions && !kept[at].plugin.hasOwnOptions) kept[at] = one;
  }
  return kept;
}

const areTwins = ({ plugin: a }: MadePlugin, { plugin: b }: MadePlugin): boolean =>
  a.definition !== undefined && a.definition === b.definition && isDeepStrictEqual(a.options, b.options);

const isObject = (entry: Exclude<PluginEntry, false | null | undefined>): entry is Plugin =>
  typeof entry !== 'string' && !Array.isArray(entry);

const isRequest = (entry: Plugin | PluginRequest): entry is PluginRequest =>
  'name' in entry && 'options' in entry && !('definition' in entry);

function fromObject(plugin: Plugin): MadePlugin {
  const { definition, options, hasOwnOptions } = plugin;
  const builtIn = builtInPlugins().includes(definition?.name);
  // What has only defaults stays so: it gives way to the options of a plugin that brings it.
  const entry = [definition?.name, hasOwnOptions ? options : {}] as const;
  return { plugin, entry, byName: builtIn, builtIn };
}

async function fromName(
  { name, options }: PluginRequest,
  { plugin, file, builtIn }: NamedPlugin,
): Promise<MadePlugin> {
  const path = isPluginPath(name);
  return {
    plugin,
    entry: [path ? resolve(name) : name, options ?? {}],
    byName: true,
    builtIn,
    file,
    sha256: path ? await hashFile(file) : undefined,
  };
}
