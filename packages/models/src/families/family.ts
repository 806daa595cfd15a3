import type { z } from 'zod';
import type { ModelDefinition } from '../recipe/definition.js';

/** Models that share a name pattern, options and code. */
export interface ModelFamily<S extends z.ZodObject = z.ZodObject> {
  /** E.g. `vit`. */
  readonly name: string;
  /** Paper or project that the architecture and the parameter names come from. */
  readonly source: string;
  /** Base names worth listing; the pattern may know more. */
  readonly names: readonly string[];
  /** Matches the whole base name. */
  readonly pattern: RegExp;
  /** What a matching name stands for. */
  define(match: RegExpExecArray): ModelDefinition<S>;
}
