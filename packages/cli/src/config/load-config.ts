import { existsSync, readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isKdxError, KdxError, messageOf } from '@kdx/core';
import { parse as parseYaml } from 'yaml';

/**
 * Reads a config file: `.json`, `.yaml`, `.yml`, or a program (`.mjs`, `.js`, and `.ts` where Node can run it) whose
 * default export is the config. Only a config that is itself a program is ever executed.
 * @throws KdxError `KDX_CONFIG`, `KDX_CONFIG_MISSING`
 */
export async function loadConfig(file: string): Promise<Record<string, unknown>> {
  if (!existsSync(file)) throw new KdxError('KDX_CONFIG_MISSING', `There is no config file ${file}.`);
  const config = await read(file).catch((cause: unknown) => {
    if (isKdxError(cause)) throw cause;
    if (isTypeScriptRefusal(cause)) {
      throw new KdxError(
        'KDX_CONFIG',
        `${file} is TypeScript, which Node ${process.versions.node} cannot run; write it as .mjs, .yaml or .json, or use Node 22.18 or newer.`,
        { cause },
      );
    }
    throw new KdxError('KDX_CONFIG', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new KdxError(
      'KDX_CONFIG',
      `${file} must hold an object of settings, e.g. { "student": "cifar_resnet20" }.`,
    );
  }
  return { ...config };
}

const isTypeScriptRefusal = (cause: unknown): boolean =>
  (cause as { readonly code?: unknown } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION';

async function read(file: string): Promise<unknown> {
  switch (extname(file)) {
    case '.json':
      return JSON.parse(readFileSync(file, 'utf8'));
    case '.yaml':
    case '.yml':
      return parseYaml(readFileSync(file, 'utf8'));
    case '.mjs':
    case '.js':
    case '.ts':
      return ((await import(pathToFileURL(resolve(file)).href)) as { default?: unknown }).default;
    default:
      throw new KdxError(
        'KDX_CONFIG',
        `${file} is no config file; use .json, .yaml, .mjs or .ts. (Lists have commas and no blanks: --plugins kd,shake.)`,
      );
  }
}
