import { pathToFileURL } from 'node:url';
import { checkDefinition, isKdxError, KdxError, messageOf, type PluginFactory } from '@kdx/core';

/** What a module's own top level may take; it declares a plugin and does nothing else. */
const IMPORT_MS = 60_000;

/**
 * What a plugin's file has as its default export, whatever it is.
 * @param name how the user named it
 * @throws KdxError `KDX_PLUGIN_LOAD`, or what `definePlugin` in that file throws
 */
export async function importPlugin(name: string, file: string, timeoutMs = IMPORT_MS): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  // The timer also keeps Node alive, which would else leave without a word when a top-level await never ends.
  const hung = new Promise<never>((_, reject) => {
    const error = new Error(`it did not finish loading within ${timeoutMs / 1000} s`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    const loaded = await Promise.race([import(pathToFileURL(file).href), hung]);
    return (loaded as { readonly default?: unknown }).default;
  } catch (cause) {
    if (isKdxError(cause)) throw cause;
    const message = messageOf(cause);
    const mismatch = /'@kdx\/.*does not provide an export/.test(message)
      ? '; it was written for another version of that package: install matching ones'
      : '';
    throw new KdxError(
      'KDX_PLUGIN_LOAD',
      `Plugin "${name}" (${file}) cannot be loaded: ${message}${mismatch}`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** @throws KdxError `KDX_PLUGIN_SHAPE` when a file's default export is not what `definePlugin()` makes. */
export function factoryOf(exported: unknown, file: string): PluginFactory {
  const { definition } = (exported ?? {}) as { readonly definition?: unknown };
  if (definition === undefined) {
    throw new KdxError(
      'KDX_PLUGIN_SHAPE',
      `${file} has no plugin as its default export; write "export default definePlugin({ … })".`,
    );
  }
  checkDefinition(definition, file);
  if (typeof exported !== 'function') {
    throw new KdxError(
      'KDX_PLUGIN_SHAPE',
      `${file} exports the plugin "${definition.name}" with its options given already; write "export default definePlugin({ … })" and do not call it.`,
    );
  }
  return exported as PluginFactory;
}
