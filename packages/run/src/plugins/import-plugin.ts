import { pathToFileURL } from 'node:url';
import { type PluginFactory } from '@kdx/core';
import { checkDefinition, inPlugin } from '@kdx/core/run';
import { isKdxError, KdxError, messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { doorOf } from './moved-names.js';
import { pluginHost } from './plugin-host.js';

/** What a module's own top level may take; it declares a plugin and does nothing else. */
const IMPORT_MS = 60_000;

/**
 * What a plugin's file has as its default export, whatever it is.
 * @param name how the user named it
 * @throws KdxError `KDX_PLUGIN_LOAD`, or what `definePlugin` in that file throws
 */
export async function importPlugin(name: string, file: string, timeoutMs = IMPORT_MS): Promise<unknown> {
  const failed = (why: string, cause?: unknown): KdxError =>
    kdxError('KDX_PLUGIN_LOAD', `Plugin "${name}" (${file}) cannot be loaded: ${why}.`, { cause });
  const ended = failed(`it ended the process while it was loading; ${MEND}`);
  let timer: NodeJS.Timeout | undefined;
  // The timer also keeps Node alive, which would else leave without a word when a top-level await never ends.
  let refuse: (error: KdxError) => void = () => {};
  const hung = new Promise<never>((_, reject) => {
    refuse = reject;
    const seconds = timeoutMs / 1000;
    const error = failed(
      `it did not finish loading within ${seconds} s; look for an "await" outside of its functions that waits for longer`,
    );
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  const settled = pluginHost().loading(ended, refuse);
  try {
    const loaded = await Promise.race([inPlugin(name, () => import(pathToFileURL(file).href)), hung]);
    return (loaded as { readonly default?: unknown }).default;
  } catch (cause) {
    if (isKdxError(cause)) throw inFile(cause, file);
    throw failed(`${messageOf(cause)}; ${await remedy(cause)}`, cause);
  } finally {
    clearTimeout(timer);
    settled();
  }
}

const MEND = 'mend that file, or install another version of the plugin';

/** What `definePlugin` refuses does not know its file. */
const inFile = ({ code, message, exit }: KdxError, file: string): KdxError =>
  new KdxError(code, message.includes(file) ? message : `${file}: ${message}`, { exit });

async function remedy(cause: unknown): Promise<string> {
  const message = messageOf(cause);
  if (/Unknown file extension "\.[cm]?ts"/.test(message))
    return "build it and name the .js file that it becomes, or its package's folder";
  const [, moved] = /'@kdx\/core' does not provide an export named '(\w+)'/.exec(message) ?? [];
  const door = moved && (await doorOf(moved));
  if (door) return `plugin API 1.1 has it in '${door}': import it from there`;
  if (/'@kdx\/.*does not provide an export/.test(message))
    return 'it was written for another version of that package: install matching ones';
  const [, missing] = /^Cannot find package '([^'/]+(?:\/[^'/]+)?)'/.exec(message) ?? [];
  return missing === undefined ? MEND : `install what it needs with "npm install ${missing}"`;
}

/** @throws KdxError `KDX_PLUGIN_SHAPE` when a file's default export is not what `definePlugin()` makes. */
export function factoryOf(exported: unknown, file: string): PluginFactory {
  const { definition } = (exported ?? {}) as { readonly definition?: unknown };
  if (definition === undefined) {
    throw kdxError(
      'KDX_PLUGIN_SHAPE',
      `${file} has no plugin as its default export; write "export default definePlugin({ … })".`,
    );
  }
  checkDefinition(definition, file);
  if (typeof exported !== 'function') {
    throw kdxError(
      'KDX_PLUGIN_SHAPE',
      `${file} exports the plugin "${definition.name}" with its options given already; write "export default definePlugin({ … })" and do not call it.`,
    );
  }
  return exported as PluginFactory;
}
