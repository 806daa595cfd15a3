import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { identifierOf } from './identifier.js';
import { installedVersion } from './installed-version.js';
import type { PluginName } from './plugin-name.js';

/** A complete package, called `kdx-plugin-my-method`. */
export const TEMPLATE = fileURLToPath(new URL('../../templates/plugin/', import.meta.url));

/**
 * Writes a plugin's package into a folder.
 * @returns its files, relative to the folder
 * @throws KdxError `KDX_PLUGIN_FOLDER` for a folder that has something in it, or cannot be written
 */
export function scaffoldPlugin(name: PluginName, folder: string): string[] {
  refuseUsed(folder);
  const sources = filesIn(TEMPLATE).map((path) => ({
    path,
    text: readFileSync(join(TEMPLATE, path), 'utf8'),
  }));
  const code = sources.flatMap(({ path, text }) => (path.endsWith('.ts') ? [text] : []));
  const identifier = identifierOf(name.plugin, code);
  const files = sources.map(({ path, text }) => {
    const named = renamed(text, name, identifier);
    const real = realName(path);
    return { path: real, text: real === 'package.json' ? withVersions(named) : named };
  });
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, { flag: 'wx' });
    }
  } catch (cause) {
    throw kdxError(
      'KDX_PLUGIN_FOLDER',
      `The package cannot be written to ${folder} (${messageOf(cause)}); give another place with --dir DIR.`,
      { cause },
    );
  }
  return files.map(({ path }) => path);
}

/** A repository that was made for it and has nothing in it yet is as good as empty. */
function refuseUsed(folder: string): void {
  if (!existsSync(folder)) return;
  const isFolder = statSync(folder).isDirectory();
  const found = isFolder ? readdirSync(folder).filter((entry) => entry !== '.git') : [];
  if (isFolder && found.length === 0) return;
  const what = isFolder
    ? `has something in it (${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''})`
    : 'is a file';
  throw kdxError(
    'KDX_PLUGIN_FOLDER',
    `${folder} ${what}, and nothing is overwritten; give an empty or new folder with --dir DIR.`,
  );
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/**
 * What npm, pnpm or bundlers would take for a part of kdx itself, such as `.gitignore`, has a `_` in front. The licence has
 * another name too: pnpm gives kdx its own only where no file is called so.
 */
const realName = (path: string): string =>
  path
    .replace(/^_apache-2\.0$/, 'LICENSE')
    .replace(/^_git/, '.git')
    .replace(/^_/, '');

/** Order matters: what contains another name is renamed first. */
const renamed = (text: string, { packageName, plugin, request }: PluginName, identifier: string): string =>
  text
    .replaceAll('kdx-plugin-my-method', packageName)
    .replaceAll(/(--plugins (?:'kd,)?)my-method/g, `$1${request}`)
    .replaceAll('my-method', plugin)
    .replaceAll('myMethod', identifier)
    .replaceAll('MyMethod', identifier[0].toUpperCase() + identifier.slice(1));

type Dependencies = Record<string, string>;

/** Fills in what the template leaves open: for development the very versions of this kdx, for users what is compatible. */
function withVersions(text: string): string {
  const manifest = JSON.parse(text) as Record<string, unknown>;
  for (const [key, prefix] of [
    ['dependencies', '^'],
    ['peerDependencies', '^'],
    ['devDependencies', ''],
  ] as const) {
    const wanted = manifest[key] as Dependencies;
    for (const [name, version] of Object.entries(wanted))
      if (version === '*') wanted[name] = prefix + installedVersion(name);
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
