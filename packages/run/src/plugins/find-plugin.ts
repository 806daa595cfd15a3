import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { didYouMean } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { BASE_TASK, BESIDE_KDX, builtInPlugins, packageOfBuiltIn } from './built-in.js';
import { installedPlugins } from './installed-plugins.js';
import { packageFolder } from './package-folder.js';
import { resolveFolder, resolvePackage } from './resolve-package.js';
import { changedSince } from './stale-build.js';

export interface FoundPlugin {
  readonly file: string;
  /** Whether it is the one that comes with kdx. */
  readonly builtIn: boolean;
  /** A source that is newer than what was built of it, in a folder that was named. */
  readonly changed?: string;
}

/** Anything else would be read as a URL, a folder or a package's inner file. */
const PACKAGE_NAME = /^(@[\w.~-]+\/)?[\w.~-]+$/;

/**
 * Whether a plugin is named by its file or folder and not by its package: `./x.mjs`, and `plugins/x.mjs` or `x.mjs` too,
 * since no package without a scope has a slash or such an ending.
 */
export const isPluginPath = (name: string): boolean =>
  name.startsWith('.') || isAbsolute(name) || (!name.startsWith('@') && /[/\\]|\.[cm]?[jt]s$/.test(name));

/**
 * The packages that a name may mean, first choice first: `x` is `@kdx/plugin-x` or `kdx-plugin-x`, `@scope/x` is
 * `@scope/kdx-plugin-x`, the base task `@kdx/task-classification`; a package's name in full is itself. A bare name that does not say it is a plugin never is one.
 */
export function packagesOf(name: string): string[] {
  const [, scope, rest] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name) ?? [];
  if (rest === undefined || /^kdx-plugin-./.test(rest) || (scope && /^(plugin|task)-./.test(rest)))
    return [name];
  if (name === BASE_TASK) return [packageOfBuiltIn(name)];
  if (!scope) return [`@kdx/plugin-${rest}`, `kdx-plugin-${rest}`];
  return scope === '@kdx' ? [`@kdx/plugin-${rest}`] : [`${scope}/kdx-plugin-${rest}`];
}

/**
 * The file of a plugin: a path, of it or of its package's folder; otherwise the first package found among `@kdx/plugin-NAME` and
 * `kdx-plugin-NAME` (with a scope `@SCOPE/kdx-plugin-NAME`), each from the user's project first (its `node_modules` and those above, as Node looks) and from beside kdx second.
 * @throws KdxError `KDX_PLUGIN_UNKNOWN`; `KDX_PLUGIN_LOAD` when a package is there and has no entry
 */
export function findPlugin(name: string, project: string): FoundPlugin {
  if (isPluginPath(name)) {
    const file = resolve(project, name);
    if (!existsSync(file)) {
      throw kdxError(
        'KDX_PLUGIN_UNKNOWN',
        `There is no plugin file ${file}; a path is of a plugin's file or of its package's folder ("." is this one), and what is installed goes by its name.`,
      );
    }
    if (!statSync(file).isDirectory()) return { file, builtIn: false };
    const entry = resolveFolder(file);
    return { file: entry, builtIn: false, changed: changedSince(file, entry) };
  }
  if (!PACKAGE_NAME.test(name)) {
    throw kdxError(
      'KDX_PLUGIN_UNKNOWN',
      `"${name}" is no name of a plugin; give one like kd or @scope/kd, or a path like ./kd.mjs. "kdx plugins" lists what is there.`,
    );
  }
  const packages = packagesOf(name);
  for (const from of places(project)) {
    for (const candidate of packages) {
      // Not there: the next place is asked, and the error below names them all.
      const file = resolvePackage(candidate, from);
      if (file !== undefined) return { file, builtIn: isBuiltIn(candidate, file) };
    }
  }
  const known = [...builtInPlugins(), ...installedPlugins(project).map(({ request }) => request)];
  throw kdxError(
    'KDX_PLUGIN_UNKNOWN',
    `No plugin is called "${name}": none of ${packages.join(', ')} is installed in ${project} or beside kdx.${didYouMean(name, known)} "kdx plugins" lists what is there.`,
  );
}

/** The package that a name means in a project, whether it loads or not. */
export function packageMeant(name: string, project: string): string | undefined {
  return places(project)
    .flatMap((from) => packagesOf(name).map((candidate) => ({ candidate, from })))
    .find(({ candidate, from }) => packageFolder(candidate, dirname(from)) !== undefined)?.candidate;
}

/** Files whose imports find plugins, first choice first. */
const places = (project: string): readonly string[] => [join(project, 'package.json'), BESIDE_KDX];

/** The file of a plugin that comes with kdx, by the plugin's name; undefined for another. */
export const builtInFile = (name: string): string | undefined =>
  [...builtInPlugins(), BASE_TASK].includes(name)
    ? resolvePackage(packageOfBuiltIn(name), BESIDE_KDX)
    : undefined;

const isBuiltIn = (packageName: string, file: string): boolean =>
  [...builtInPlugins(), BASE_TASK].some((name) => packageName === packageOfBuiltIn(name)) &&
  resolvePackage(packageName, BESIDE_KDX) === file;
