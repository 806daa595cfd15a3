import { isDeepStrictEqual } from 'node:util';
import { isKdxError, KdxError, messageOf } from '@kdx/tensor';
import type { BringsContext, Plugin } from '../contracts/plugin.js';
import { kdxError } from '../errors.js';
import { anything, expectShape, list } from '../expected/shape.js';
import { inPlugin } from '../plugin-scope.js';
import { checkPlugin, checkPluginVersion } from './plugin-shape.js';

/** A plugin, and the file it was loaded from where it was loaded by its name. */
export interface LoadedPlugin extends Plugin {
  readonly file?: string;
}

/** The plugins of a run in the order they are set up, and who brings whom. */
export interface PluginSet {
  /** What is brought comes first; otherwise by name. So the order of naming never matters. */
  readonly ordered: readonly Plugin[];
  /** Names the user gave, as against those that were brought. */
  readonly named: ReadonlySet<string>;
  /** Names of those whose options are the user's own. */
  readonly withOwnOptions: ReadonlySet<string>;
  /** Whether `plugin` brings `other`, directly or through others. */
  brings(plugin: string, other: string): boolean;
  /** Plugins that bring this one directly. */
  broughtBy(plugin: string): readonly string[];
  /** A plugin as messages name it: `"deit" (brought by "dearkd")` where the user did not name it. */
  told(plugin: string): string;
}

/**
 * Checks shape, version and names, in this order, and adds what plugins bring. Falsy entries are ignored, so
 * `condition && plugin()` works.
 * @param run what plugins may choose by what they bring
 * @throws KdxError `KDX_PLUGIN_SHAPE`, `KDX_PLUGIN_VERSION`, `KDX_PLUGIN_CLASH`, `KDX_PLUGIN_TWICE`, `KDX_PLUGIN_BRINGS`
 */
export function resolvePlugins(
  given: readonly (LoadedPlugin | false | null | undefined | '')[],
  run: BringsContext = { student: undefined },
): PluginSet {
  const chosen = new Map<string, LoadedPlugin>();
  const named = new Set<string>();
  const plugins = given.filter((plugin): plugin is LoadedPlugin => Boolean(plugin));
  for (const plugin of plugins) checkPlugin(plugin);
  for (const { definition, file } of plugins) checkPluginVersion(definition, file);
  for (const plugin of plugins) {
    const { name } = plugin.definition;
    const before = chosen.get(name);
    if (before && !isSame(before, plugin)) throw clash(before, plugin);
    if (before && !sameOptions(before, plugin)) throw givenTwice(name);
    chosen.set(name, plugin);
    named.add(name);
  }

  const direct = new Map<string, Set<string>>();
  const origin = new Map<string, string>();
  // A plugin that is named without options gives way to the options that it is brought with, as a brought one does.
  const withOwnOptions = new Set(
    [...chosen].filter(([, { hasOwnOptions }]) => hasOwnOptions).map(([name]) => name),
  );
  const queue = [...chosen.values()].sort(byName);
  for (let plugin = queue.shift(); plugin; plugin = queue.shift()) {
    const { name } = plugin.definition;
    // What had other options by then may have brought something else.
    if (chosen.get(name) !== plugin) continue;
    const brought = broughtOf(plugin, run);
    for (const other of brought) {
      checkPlugin(other, `Plugin "${name}" brings what`);
      checkPluginVersion(other.definition);
    }
    direct.set(name, new Set(brought.map((other) => other.definition.name)));
    for (const other of [...brought].sort(byName)) {
      const otherName = other.definition.name;
      const before = chosen.get(otherName);
      if (before && !isSame(before, other)) throw clash(before, other, name, origin.get(otherName));
      if (withOwnOptions.has(otherName)) continue;
      if (before?.hasOwnOptions && other.hasOwnOptions && !sameOptions(before, other)) {
        throw broughtTwice(otherName, origin.get(otherName) ?? '', name);
      }
      if (!before || (other.hasOwnOptions && !before.hasOwnOptions)) {
        chosen.set(otherName, other);
        origin.set(otherName, name);
        queue.push(other);
      }
    }
  }

  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    for (const next of direct.get(from) ?? []) {
      if (next === to) return true;
      if (!seen.has(next) && reaches(next, to, seen.add(next))) return true;
    }
    return false;
  };
  for (const name of chosen.keys()) {
    if (reaches(name, name)) {
      throw kdxError(
        'KDX_PLUGIN_BRINGS',
        `Plugin "${name}" brings itself through what it brings; break the circle.`,
      );
    }
  }

  // What only a replaced plugin brought is not part of the run.
  for (const name of [...chosen.keys()]) {
    if (named.has(name) || [...named].some((root) => reaches(root, name))) continue;
    chosen.delete(name);
    direct.delete(name);
  }

  const ordered: Plugin[] = [];
  const place = (name: string): void => {
    const plugin = chosen.get(name);
    if (!plugin || ordered.includes(plugin)) return;
    for (const other of [...(direct.get(name) ?? [])].sort()) place(other);
    ordered.push(plugin);
  };
  for (const name of [...chosen.keys()].sort()) place(name);
  return {
    ordered,
    named,
    withOwnOptions,
    brings: (plugin, other) => reaches(plugin, other),
    broughtBy: (plugin) => [...direct].filter(([, set]) => set.has(plugin)).map(([name]) => name),
    told(plugin) {
      const root = named.has(plugin) ? undefined : [...named].sort().find((name) => reaches(name, plugin));
      return root === undefined ? `"${plugin}"` : `"${plugin}" (brought by "${root}")`;
    },
  };
}

const byName = (a: Plugin, b: Plugin): number => (a.definition.name < b.definition.name ? -1 : 1);

const sameOptions = (a: Plugin, b: Plugin): boolean => isDeepStrictEqual(a.options, b.options);

/**
 * Whether two plugins of one name are one plugin. Two that were named and loaded from two files are not; else two copies
 * of one release are, as a package manager makes them.
 */
function isSame(a: LoadedPlugin, b: LoadedPlugin): boolean {
  const [ours, theirs] = [a.definition, b.definition];
  if (ours === theirs) return true;
  if (a.file !== undefined && b.file !== undefined) return false;
  return ours.version === theirs.version && ours.summary === theirs.summary;
}

function clash(a: LoadedPlugin, b: LoadedPlugin, bringer?: string, firstBringer?: string): KdxError {
  const told = ({ definition, file }: LoadedPlugin, by: string | undefined): string =>
    `${definition.version} (${file ?? (by ? `brought by "${by}"` : 'given as an object')})`;
  const mend = bringer
    ? 'install one version of it, or leave out one of the plugins that need it'
    : 'leave one of them out of --plugins';
  return kdxError(
    'KDX_PLUGIN_CLASH',
    `Two different plugins are called "${a.definition.name}": ${told(a, firstBringer)} and ${told(b, bringer)}; ${mend}.`,
  );
}

/** What a plugin brings, with its name in whatever goes wrong. */
function broughtOf({ definition: { name, brings }, options }: Plugin, run: BringsContext): Plugin[] {
  let brought: readonly Plugin[];
  try {
    brought = inPlugin(name, () => brings?.(options, run) ?? []);
  } catch (cause) {
    const code = isKdxError(cause) ? cause.code : 'KDX_PLUGIN_FAILED';
    throw new KdxError(code, `Plugin "${name}" failed in brings(): ${messageOf(cause)}`, { cause });
  }
  const plugins = list(anything, 'an array of plugins');
  expectShape(plugins, brought, `Plugin "${name}", in brings(),`, 'KDX_PLUGIN_VALUE');
  return [...brought].filter(Boolean);
}

function givenTwice(name: string): KdxError {
  return kdxError('KDX_PLUGIN_TWICE', `Plugin "${name}" is named twice with different options; keep one.`);
}

function broughtTwice(name: string, a: string, b: string): KdxError {
  return kdxError(
    'KDX_PLUGIN_TWICE',
    `Plugins "${a}" and "${b}" bring "${name}" with different options; name "${name}" yourself with the options you want.`,
  );
}
