import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '@kdx/tensor/errors';
import { resolve } from 'import-meta-resolve';
import { kdxError } from '../errors.js';
import { packageFolder } from './package-folder.js';

/**
 * The file that `import(name)` in the file `from` would load, or undefined when no such package is installed there.
 * Unlike `require.resolve` it follows the `import` condition of `exports`, the only one an ESM package has.
 * @throws KdxError `KDX_PLUGIN_LOAD` when the package is there and its entry is not
 */
export function resolvePackage(name: string, from: string): string | undefined {
  try {
    return fileURLToPath(resolve(name, pathToFileURL(from).href));
  } catch (cause) {
    if (isMissing(cause, name)) return undefined;
    const folder = packageFolder(name, dirname(from));
    const what =
      folder === undefined || existsSync(join(folder, 'package.json'))
        ? `no entry that can be loaded (${messageOf(cause)}); mend "exports" or "main" in its package.json, or install it again.`
        : `no package.json in ${folder}; install it again.`;
    throw kdxError('KDX_PLUGIN_LOAD', `The package ${name} has ${what}`, { cause });
  }
}

/**
 * The file that a package's folder would be loaded from, wherever it lies.
 * @throws KdxError `KDX_PLUGIN_LOAD` when it has none
 */
export function resolveFolder(folder: string): string {
  const { file, builds } = entryOf(folder);
  if (builds && !existsSync(file)) {
    throw kdxError(
      'KDX_PLUGIN_LOAD',
      `The package in ${folder} was not built yet, for there is no ${file}; do "npm install" and "npm run build" there.`,
    );
  }
  return file;
}

/** The file, which need not be there, and whether the package has something that builds it. */
function entryOf(folder: string): { file: string; builds: boolean } {
  const manifest = join(folder, 'package.json');
  try {
    const { name, exports, scripts } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      readonly name?: unknown;
      readonly exports?: unknown;
      readonly scripts?: { readonly build?: unknown };
    };
    const builds = scripts?.build !== undefined;
    // Nothing but a package itself is told its "exports" without being installed: by its name, from within.
    if (exports != null && typeof name === 'string') {
      return { file: fileURLToPath(resolve(name, pathToFileURL(manifest).href)), builds };
    }
    return { file: createRequire(manifest).resolve('./'), builds };
  } catch (cause) {
    const why = existsSync(manifest) ? messageOf(cause) : 'it has no package.json';
    throw kdxError(
      'KDX_PLUGIN_LOAD',
      `The folder ${folder} has no entry that can be loaded (${why}); name the plugin's file in it, as in ${join(folder, 'index.js')}.`,
      { cause },
    );
  }
}

/** Node gives a package that is not there and a package without its main file one code; the text tells them apart. */
const isMissing = (cause: unknown, name: string): boolean =>
  (cause as { readonly code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND' &&
  messageOf(cause).startsWith(`Cannot find package '${name}'`);
