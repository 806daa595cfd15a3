import { fileURLToPath, pathToFileURL } from 'node:url';
import { KdxError, messageOf } from '@kdx/core';
import { resolve } from 'import-meta-resolve';

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
    throw new KdxError(
      'KDX_PLUGIN_LOAD',
      `The package ${name} has no entry that can be loaded (${messageOf(cause)}); mend "exports" or "main" in its package.json, or install it again.`,
      { cause },
    );
  }
}

/** Node gives a package that is not there and a package without its main file one code; the text tells them apart. */
const isMissing = (cause: unknown, name: string): boolean =>
  (cause as { readonly code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND' &&
  messageOf(cause).startsWith(`Cannot find package '${name}'`);
