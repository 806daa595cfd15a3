import { isAbsolute } from 'node:path';
import { messageOf, parseJson } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { isPluginPath } from './find-plugin.js';

/** One entry of `--plugins`: a name or path, and options. */
export interface PluginRequest {
  readonly name: string;
  readonly options: Record<string, unknown> | undefined;
}

/**
 * Splits `--plugins "dearkd,deit:{\"type\":\"soft\"}"`. Options are JSON and never evaluated.
 * @throws KdxError `KDX_PLUGIN_LIST` for options that are not JSON, or no object
 */
export function parsePluginList(
  list: string | readonly (string | readonly [string, Record<string, unknown>])[],
): PluginRequest[] {
  const entries = typeof list === 'string' ? splitOutsideBraces(list) : list;
  return entries
    .filter((entry) => entry !== '')
    .map((entry): PluginRequest => {
      if (typeof entry !== 'string') {
        const [name, options] = entry;
        return { name, options: asObject(`${name}:${JSON.stringify(options)}`, options) };
      }
      const colon = optionsAt(entry);
      if (colon < 0) return { name: entry, options: undefined };
      return { name: entry.slice(0, colon).trim(), options: parseOptions(entry, entry.slice(colon + 1)) };
    });
}

/** The colon before an entry's options, -1 without. No package has one in its name, and a path may. */
function optionsAt(entry: string): number {
  const braces = entry.search(/:\s*\{/);
  if (braces >= 0) return braces;
  const colon = entry.indexOf(':');
  const isPath = colon < 0 || isAbsolute(entry) || isPluginPath(entry.slice(0, colon));
  return isPath ? entry.search(/:\s*\[.*\]$/) : colon;
}

function parseOptions(entry: string, json: string): Record<string, unknown> {
  let options: unknown;
  try {
    options = parseJson(json);
  } catch (cause) {
    throw kdxError(
      'KDX_PLUGIN_LIST',
      `The options in --plugins ${entry} are not JSON (${messageOf(cause)}); write them as name:{"key":"value"} inside single quotes.`,
      { cause },
    );
  }
  return asObject(entry, options) ?? {};
}

function asObject(entry: string, options: unknown): Record<string, unknown> | undefined {
  if (options === undefined || (typeof options === 'object' && options !== null && !Array.isArray(options)))
    return options as Record<string, unknown> | undefined;
  throw kdxError(
    'KDX_PLUGIN_LIST',
    `The options in --plugins ${entry} are no object; write them as name:{"key":"value"} inside single quotes.`,
  );
}

function splitOutsideBraces(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let current = '';
  for (let at = 0; at < list.length; at++) {
    const character = list[at];
    if (character === ',' && depth === 0) {
      parts.push(current.trim());
      current = '';
      continue;
    }
    // Braces and commas inside a JSON string are text.
    if (quoted && character === '\\') current += list[at++];
    else if (character === '"' && depth > 0) quoted = !quoted;
    else if (!quoted && opens(character, current, depth)) depth += 1;
    else if (!quoted && depth > 0 && (character === '}' || character === ']')) depth -= 1;
    current += list[at] ?? '';
  }
  return [...parts, current.trim()];
}

/** Whether options, or something inside them, begin here; a path may have brackets too. */
const opens = (character: string, before: string, depth: number): boolean =>
  character === '{' || (character === '[' && (depth > 0 || /:\s*$/.test(before)));
