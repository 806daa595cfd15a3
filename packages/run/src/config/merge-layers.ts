import { isDeepStrictEqual } from 'node:util';
import { runSettings } from '@kdx/core/run';

/** Part of a config, and where it is from: a recipe, a file, a flag. */
export interface ConfigLayer {
  /** E.g. `recipe small-vit`, `kdx.config.yaml`, `--lr`. */
  readonly from: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Settings that come in kinds, and the key that names the kind. */
export const KINDS: Readonly<Record<string, string>> = { optimizer: 'name', schedule: 'type' };

const PRESETS: Readonly<Record<string, unknown>> = runSettings.parse({});

/**
 * One config of several layers, later ones over earlier ones. A key is replaced as a whole, but for the settings that
 * come in kinds: options without a kind change the kind that is there, or the default one; a bare name that is there, or is
 * the default one's, leaves its options alone.
 */
export function mergeLayers(layers: readonly ConfigLayer[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const { values } of layers) {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue;
      merged[key] = Object.hasOwn(KINDS, key) ? mergeKind(key, merged[key], value) : value;
    }
  }
  return merged;
}

/** Where the value at a path is from: the last layer that has it as it is in `merged`; undefined for a default. */
export function originOf(
  layers: readonly ConfigLayer[],
  path: readonly string[],
  value: unknown,
): string | undefined {
  const has = ({ values }: ConfigLayer): boolean => {
    const [key, ...rest] = path;
    const own = Object.hasOwn(values, key) ? values[key] : undefined;
    if (own === undefined) return false;
    if (rest.length === 0) return true;
    if (typeof own !== 'object' || own === null) return rest[0] === KINDS[key];
    return isDeepStrictEqual((own as Record<string, unknown>)[rest[0]], value);
  };
  return layers.findLast(has)?.from;
}

function mergeKind(key: string, below: unknown, given: unknown): unknown {
  const kind = KINDS[key];
  const named = (value: unknown): unknown => (typeof value === 'string' ? { [kind]: value } : value);
  const [base, over] = [named(below), named(given)];
  if (!isObject(over)) return over;
  if (!(kind in over)) return { ...((base ?? PRESETS[key]) as object), ...over };
  const there = base ?? PRESETS[key];
  const onlyNamesIt = Object.keys(over).length === 1;
  return onlyNamesIt && isObject(there) && there[kind] === over[kind] ? there : over;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
