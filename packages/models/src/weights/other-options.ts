import type { z } from 'zod';
import { parseName } from '../names/parse-name.js';
import { type ReadOptions, readOptions } from '../options/read-options.js';
import type { ModelDefinition } from '../recipe/definition.js';

/** Options that change training alone, or that the names of the tensors tell. */
const UNHEARD = /drop|^mhca/;

/**
 * Options with which a file's model is made and the one at hand is not, as `heads=4, here 2`. Options that change a tensor's
 * shape are found by it; others, such as the number of attention heads, would change what the model computes without a word.
 * @param saved the name in the file; of another model, or with options that this version does not know, nothing is said
 */
export function otherOptions<S extends z.ZodObject>(
  definition: ModelDefinition<S>,
  options: ReadOptions<S>,
  saved: string,
): string[] {
  let theirs: Record<string, unknown>;
  try {
    const { base, options: said } = parseName(saved);
    if (base !== definition.name) return [];
    theirs = readOptions(definition, said).own;
  } catch {
    // A name of another version or of another program says nothing against the tensors.
    return [];
  }
  const ours: Record<string, unknown> = options.own;
  return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
    .filter((key) => !UNHEARD.test(key) && JSON.stringify(theirs[key]) !== JSON.stringify(ours[key]))
    .map((key) => `${key}=${textOf(theirs[key])}, here ${textOf(ours[key])}`);
}

const textOf = (value: unknown): string =>
  value === undefined ? 'not said' : typeof value === 'string' ? value : JSON.stringify(value);
