import { type ConfigLayer, originOf } from './merge-layers.js';

/**
 * Where each value of a config is from, by path; of an object also where each key in it is. Defaults are left out.
 * @param layers what was said, undermost first
 */
export function originsOf(
  layers: readonly ConfigLayer[],
  config: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const origins: Record<string, string> = {};
  const note = (path: readonly string[], value: unknown): void => {
    const from = originOf(layers, path, value);
    if (from !== undefined) origins[path.join('.')] = from;
  };
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) note([key], value);
    else for (const [option, inner] of Object.entries(value)) note([key, option], inner);
  }
  return origins;
}
