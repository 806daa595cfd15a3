import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isJsonObject, isKdxError, messageOf, parseJson, readText } from '@kdx/tensor';
import { parse as parseYaml } from 'yaml';
import { kdxError } from '../errors.js';
import { refusePrototypeKeys } from './refuse-prototype-keys.js';
import { shownValue } from './shown-value.js';

/**
 * Reads a config file: `.json`, `.yaml`, `.yml`, or a program (`.mjs`, `.js`, and `.ts` where Node can run it) whose
 * default export is the config. Only a config that is itself a program is ever executed.
 * @throws KdxError `KDX_CONFIG`, `KDX_CONFIG_MISSING`
 */
export async function loadConfig(file: string): Promise<Record<string, unknown>> {
  if (!existsSync(file)) {
    throw kdxError(
      'KDX_CONFIG_MISSING',
      `There is no config file ${file} (looked for ${resolve(file)}); check the path.`,
    );
  }
  const config = await read(file).catch((cause: unknown) => {
    if (isKdxError(cause)) throw cause;
    if (isTypeScriptRefusal(cause)) {
      throw kdxError(
        'KDX_CONFIG',
        `${file} is TypeScript, which Node ${process.versions.node} cannot run; write it as .mjs, .yaml or .json, or use Node 22.18 or newer.`,
        { cause },
      );
    }
    throw kdxError('KDX_CONFIG', `${file} cannot be read: ${reasonOf(cause)}`, { cause });
  });
  if (!isJsonObject(config)) {
    throw kdxError(
      'KDX_CONFIG',
      `${file} must hold an object of settings, e.g. { "student": "cifar_resnet20" }, and holds ${shownValue(config)}.`,
    );
  }
  refusePrototypeKeys(config, file);
  return { ...config };
}

const isTypeScriptRefusal = (cause: unknown): boolean =>
  (cause as { readonly code?: unknown } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION';

/** One line: the yaml package prints the lines around a fault below it, and wraps a stack that overflowed. */
function reasonOf(cause: unknown): string {
  const message = messageOf(cause).replace(/:?\n.*/s, '');
  return message.includes('Maximum call stack') ? 'its objects and lists are nested too deeply' : message;
}

async function read(file: string): Promise<unknown> {
  switch (extname(file)) {
    case '.json':
      return parseJson(readText(file));
    case '.yaml':
    case '.yml':
      return parseYaml(readText(file));
    case '.mjs':
    case '.js':
    case '.ts':
      return ((await import(pathToFileURL(resolve(file)).href)) as { default?: unknown }).default;
    default:
      throw kdxError(
        'KDX_CONFIG',
        `${file} is no config file; use .json, .yaml, .mjs or .ts. (Lists have commas and no blanks: --plugins kd,shake.)`,
      );
  }
}
