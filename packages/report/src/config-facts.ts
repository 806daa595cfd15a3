import { isDeepStrictEqual } from 'node:util';
import { runSettings } from '@kdx/core/run';
import { stableJson } from '@kdx/run/parts';
import type { Fact } from './page/page-data.js';

const DEFAULTS: Readonly<Record<string, unknown>> = runSettings.parse({});

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as a person would type it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')
    ? value.join(', ')
    : stableJson(value);
}

/** `deit` of `['deit', {}]`, `deit:{"type":"hard"}` of what has options. */
const pluginText = (entry: unknown): string => {
  if (!Array.isArray(entry)) return textOf(entry);
  const [name, options] = entry as readonly unknown[];
  return isObject(options) && Object.keys(options).length > 0
    ? `${name}:${stableJson(options)}`
    : String(name);
};

/**
 * The config of a run, key by key, with where each is from. Runs begun in code, and those of before there were origins,
 * only show what differs from the default.
 */
export function configFacts(
  config: Readonly<Record<string, unknown>>,
  origins: Readonly<Record<string, unknown>> | undefined,
): Fact[] {
  const from = (path: string, value: unknown, preset: unknown): string => {
    const origin = origins?.[path];
    if (typeof origin === 'string') return origin;
    return origins || isDeepStrictEqual(value, preset) ? 'default' : 'given';
  };
  return Object.entries(config).flatMap(([key, value]) => {
    const preset = DEFAULTS[key];
    if (key === 'plugins' && Array.isArray(value)) {
      const plugins = value.map(pluginText).join(', ') || 'none';
      return [{ key, value: plugins, from: from(key, value, []) }];
    }
    if (!isObject(value)) return [{ key, value: textOf(value), from: from(key, value, preset) }];
    return Object.entries(value).map(([option, inner]) => {
      const path = `${key}.${option}`;
      const given = isObject(preset) ? preset[option] : undefined;
      return { key: path, value: textOf(inner), from: from(path, inner, given) };
    });
  });
}
