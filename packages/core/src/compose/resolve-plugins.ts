import { isDeepStrictEqual } from 'node:util';
import semver from 'semver';
import { PLUGIN_API_VERSION, type Plugin } from '../contracts/plugin.js';
import { KdxError } from '../errors/kdx-error.js';

/** The plugins of a run in the order they are set up, and who brings whom. */
export interface PluginSet {
  /** What is brought comes first; otherwise by name. So the order of naming never matters. */
  readonly ordered: readonly Plugin[];
  /** Names the user gave, as against those that were brought. */
  readonly named: ReadonlySet<string>;
  /** Whether `plugin` brings `other`, directly or through others. */
  brings(plugin: string, other: string): boolean;
  /** Plugins that bring this one directly. */
  broughtBy(plugin: string): readonly string[];
}

/**
 * Checks shape and version, and adds what plugins bring. Falsy entries are ignored, so `condition && plugin()` works.
 * @throws KdxError `KDX_PLUGIN_SHAPE`, `KDX_PLUGIN_VERSION`, `KDX_PLUGIN_TWICE`, `KDX_PLUGIN_BRINGS`
 */
export function resolvePlugins(given: readonly (Plugin | false | null | undefined | '')[]): PluginSet {
  const chosen = new Map<string, Plugin>();
  const named = new Set<string>();
  for (const plugin of given) {
    if (!plugin) continue;
    checkShape(plugin);
    checkVersion(plugin);
    const { name } = plugin.definition;
    const before = chosen.get(name);
    if (before && !sameOptions(before, plugin)) throw givenTwice(name);
    chosen.set(name, plugin);
    named.add(name);
  }

  const direct = new Map<string, Set<string>>();
  const origin = new Map<string, string>();
  // A plugin that is named without options gives way to the options that it is brought with, as a brought one does.
  const fixed = new Set([...chosen].filter(([, { hasOwnOptions }]) => hasOwnOptions).map(([name]) => name));
  const queue = [...chosen.values()].sort(byName);
  for (let plugin = queue.shift(); plugin; plugin = queue.shift()) {
    const { name } = plugin.definition;
    // What had other options by then may have brought something else.
    if (chosen.get(name) !== plugin) continue;
    const brought = (plugin.definition.brings?.(plugin.options) ?? []).filter(Boolean);
    for (const other of brought) {
      checkShape(other);
      checkVersion(other);
    }
    direct.set(name, new Set(brought.map((other) => other.definition.name)));
    for (const other of [...brought].sort(byName)) {
      const otherName = other.definition.name;
      const before = chosen.get(otherName);
      if (fixed.has(otherName)) continue;
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
      throw new KdxError(
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
    brings: (plugin, other) => reaches(plugin, other),
    broughtBy: (plugin) => [...direct].filter(([, set]) => set.has(plugin)).map(([name]) => name),
  };
}

const byName = (a: Plugin, b: Plugin): number => (a.definition.name < b.definition.name ? -1 : 1);

const sameOptions = (a: Plugin, b: Plugin): boolean => isDeepStrictEqual(a.options, b.options);

function checkShape(plugin: Plugin): void {
  if (typeof plugin === 'function' || typeof plugin?.definition?.setup !== 'function') {
    const name = (plugin as { definition?: { name?: string } })?.definition?.name;
    throw new KdxError(
      'KDX_PLUGIN_SHAPE',
      name
        ? `Plugin "${name}" was given as a factory; call it: ${name}().`
        : 'A plugin is not what definePlugin() makes; export default definePlugin({ … }) and call it.',
    );
  }
}

function checkVersion({ definition: { name, kdx } }: Plugin): void {
  if (semver.validRange(kdx) === null) {
    throw new KdxError(
      'KDX_PLUGIN_VERSION',
      `Plugin "${name}" has kdx: "${kdx}", which is not a semver range.`,
    );
  }
  if (!semver.satisfies(PLUGIN_API_VERSION, kdx)) {
    throw new KdxError(
      'KDX_PLUGIN_VERSION',
      `Plugin "${name}" was written for plugin API ${kdx} and this kdx has ${PLUGIN_API_VERSION}; install matching versions.`,
    );
  }
}

function givenTwice(name: string): KdxError {
  return new KdxError(
    'KDX_PLUGIN_TWICE',
    `Plugin "${name}" is named twice with different options; keep one.`,
  );
}

function broughtTwice(name: string, a: string, b: string): KdxError {
  return new KdxError(
    'KDX_PLUGIN_TWICE',
    `Plugins "${a}" and "${b}" bring "${name}" with different options; name "${name}" yourself with the options you want.`,
  );
}
