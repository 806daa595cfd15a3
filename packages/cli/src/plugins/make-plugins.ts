import type { Plugin } from '@kdx/core';
import { loadPlugin } from './load-plugin.js';
import { parsePluginList } from './parse-plugin-list.js';

/** Plugins given as objects, by name, or as a comma-separated list; falsy entries are ignored. */
export async function makePlugins(
  given: string | readonly (Plugin | string | false | null | undefined)[],
): Promise<Plugin[]> {
  if (typeof given === 'string') return loadAll(given);
  const plugins: Plugin[] = [];
  for (const entry of given) {
    if (!entry) continue;
    if (typeof entry === 'string') plugins.push(...(await loadAll(entry)));
    else plugins.push(entry);
  }
  return plugins;
}

async function loadAll(list: string): Promise<Plugin[]> {
  const plugins: Plugin[] = [];
  for (const request of parsePluginList(list)) plugins.push((await loadPlugin(request)).plugin);
  return plugins;
}
