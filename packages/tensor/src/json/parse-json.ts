import { findFault } from './find-fault.js';

/**
 * The value of a JSON text. Unlike `JSON.parse` it refuses keys that are there twice, the key `__proto__`, numbers above
 * the range of a double and objects nested above 100 levels.
 * @throws SyntaxError whose message names line and column
 */
export function parseJson(json: string): unknown {
  const fault = findFault(json);
  if (fault === undefined) return JSON.parse(json);
  const before = json.slice(0, fault.at).split(/\r\n|\r|\n/);
  const column = before[before.length - 1].length + 1;
  throw new SyntaxError(`line ${before.length}, column ${column}: ${fault.what}`);
}

/** An object as JSON has them: neither a list nor null. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
