import { KdxError } from '@kdx/core';

/** One entry of `--plugins`: a name or path, and options. */
export interface PluginRequest {
  readonly name: string;
  readonly options: Record<string, unknown> | undefined;
}

/**
 * Splits `--plugins "dearkd,deit:{\"type\":\"soft\"}"`. Options are JSON and never evaluated.
 * @throws KdxError `KDX_PLUGIN_LIST` for JSON that does not parse
 */
export function parsePluginList(
  list: string | readonly (string | readonly [string, Record<string, unknown>])[],
): PluginRequest[] {
  const entries = typeof list === 'string' ? splitOutsideBraces(list) : list;
  return entries
    .filter((entry) => entry !== '')
    .map((entry): PluginRequest => {
      if (typeof entry !== 'string') return { name: entry[0], options: entry[1] };
      const colon = entry.indexOf(':{');
      if (colon < 0) return { name: entry, options: undefined };
      return { name: entry.slice(0, colon), options: parseOptions(entry, entry.slice(colon + 1)) };
    });
}

function parseOptions(entry: string, json: string): Record<string, unknown> {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch (cause) {
    throw new KdxError(
      'KDX_PLUGIN_LIST',
      `The options in --plugins ${entry} are not JSON; write them as name:{"key":"value"} inside single quotes.`,
      { cause },
    );
  }
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
    else if (!quoted && character === '{') depth += 1;
    else if (!quoted && character === '}') depth -= 1;
    current += list[at] ?? '';
  }
  return [...parts, current.trim()];
}
