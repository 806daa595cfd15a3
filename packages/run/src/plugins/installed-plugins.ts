import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A package whose name says that it is a plugin. It may not load. */
export interface InstalledPlugin {
  /** How `--plugins` names it. */
  readonly request: string;
  readonly packageName: string;
  /** As its package.json says, if it does. */
  readonly version: string | undefined;
}

/**
 * What is installed in a project and in the folders above it, nearest first: `@kdx/plugin-x`, `kdx-plugin-x` and
 * `@scope/kdx-plugin-x`. Nothing of it is loaded.
 */
export function installedPlugins(project: string): InstalledPlugin[] {
  const found = new Map<string, InstalledPlugin>();
  let folder = resolve(project);
  while (true) {
    const modules = join(folder, 'node_modules');
    for (const packageName of pluginPackages(modules)) {
      if (found.has(packageName)) continue;
      const version = versionOf(join(modules, packageName, 'package.json'));
      found.set(packageName, { request: shortName(packageName), packageName, version });
    }
    const above = dirname(folder);
    if (above === folder) break;
    folder = above;
  }
  return [...found.values()].sort((a, b) => (a.packageName < b.packageName ? -1 : 1));
}

function pluginPackages(modules: string): string[] {
  return entries(modules).flatMap((name) => {
    if (/^kdx-plugin-./.test(name)) return [name];
    if (!name.startsWith('@')) return [];
    const pattern = name === '@kdx' ? /^plugin-./ : /^kdx-plugin-./;
    return entries(join(modules, name))
      .filter((inner) => pattern.test(inner))
      .map((inner) => `${name}/${inner}`);
  });
}

/** `@kdx/plugin-x` and `kdx-plugin-x` are called `x`, `@scope/kdx-plugin-x` is `@scope/x`. */
const shortName = (packageName: string): string =>
  packageName.startsWith('@kdx/')
    ? packageName.slice('@kdx/plugin-'.length)
    : packageName.replace(/(^|\/)kdx-plugin-/, '$1');

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Most folders have no node_modules, and a file that is called so holds no package either.
    return [];
  }
}

function versionOf(file: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    // What is wrong with the package is said when it is loaded.
    return undefined;
  }
}
