import { resolve } from 'node:path';
import type { Plugin } from '@kdx/core';
import { hashFile } from '../run/record.js';
import { BUILT_IN_PLUGINS } from './built-in.js';
import { isPluginPath, loadPlugin } from './load-plugin.js';
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
  /** The file it was loaded from, unless it was given as an object. */
  readonly file?: string;
  /** sha256 of a plugin that is a file of its own; a package has its version. */
  readonly sha256?: string;
}

/** Plugins given as objects, by name, or as a comma-separated list. @throws KdxError `KDX_PLUGIN_…` */
export async function makePlugins(given: string | readonly PluginEntry[]): Promise<MadePlugin[]> {
  const made: MadePlugin[] = [];
  for (const entry of typeof given === 'string' ? [given] : given) {
    if (!entry) continue;
    if (isObject(entry)) made.push(fromObject(entry));
    else
      for (const request of parsePluginList(typeof entry === 'string' ? entry : [entry]))
        made.push(await load(request));
  }
  return made;
}

const isObject = (entry: Exclude<PluginEntry, false | null | undefined>): entry is Plugin =>
  typeof entry !== 'string' && !Array.isArray(entry);

function fromObject(plugin: Plugin): MadePlugin {
  const { definition, options, hasOwnOptions } = plugin;
  // What has only defaults stays so: it gives way to the options of a plugin that brings it.
  const entry = [definition?.name, hasOwnOptions ? options : {}] as const;
  return { plugin, entry, byName: BUILT_IN_PLUGINS.includes(definition?.name) };
}

async function load(request: PluginRequest): Promise<MadePlugin> {
  const { plugin, file } = await loadPlugin(request);
  const path = isPluginPath(request.name);
  return {
    plugin,
    entry: [path ? resolve(request.name) : request.name, request.options ?? {}],
    byName: true,
    file,
    sha256: path ? await hashFile(file) : undefined,
  };
}
