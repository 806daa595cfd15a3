import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from './package-folder.js';

/** Files whose imports find what comes with kdx. */
export const BESIDE_KDX = fileURLToPath(import.meta.url);

const PREFIX = '@kdx/plugin-';

/** The base task, which is a plugin too and part of every run that has no other. */
export const BASE_TASK = 'classification';

/** The package of a plugin that comes with kdx. */
export const packageOfBuiltIn = (name: string): string =>
  name === BASE_TASK ? `@kdx/task-${name}` : `${PREFIX}${name}`;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  /** What a plugin says of itself without being loaded. */
  readonly kdx?: { readonly offers?: readonly string[] };
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

let names: readonly string[] | undefined;

/** Methods and observers that come with kdx: the plugins that this package depends on. */
export function builtInPlugins(): readonly string[] {
  names ??= Object.keys(manifestOf(fileURLToPath(new URL('../..', import.meta.url))).dependencies ?? {})
    .filter((dependency) => dependency.startsWith(PREFIX))
    .map((dependency) => dependency.slice(PREFIX.length))
    .sort();
  return names;
}

/** Where a plugin that comes with kdx lies. */
export const builtInFolder = (name: string): string | undefined =>
  packageFolder(packageOfBuiltIn(name), dirname(BESIDE_KDX));

/**
 * Plugins that come with kdx and only watch a run, by their package.json, where a run's config is all there is to tell by; their
 * definitions offer `observer` too.
 */
export const builtInObservers = (): readonly string[] =>
  builtInPlugins().filter((name) => {
    const folder = builtInFolder(name);
    return folder !== undefined && manifestOf(folder).kdx?.offers?.includes('observer');
  });
