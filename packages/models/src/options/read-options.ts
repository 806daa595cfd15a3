import type { Adaptations } from '@kdx/core';
import type { z } from 'zod';
import { badOption, unknownOption, unsupportedAdaptation } from '../errors.js';
import type { ModelDefinition } from '../recipe/definition.js';
import { type CommonOptions, commonOptions } from './common.js';

export interface ReadOptions<S extends z.ZodObject> {
  readonly common: CommonOptions;
  readonly own: z.output<S>;
  readonly adaptations: Readonly<Partial<Adaptations>>;
  /** What was said, in the schema's order: what the model's name repeats. */
  readonly said: Readonly<Record<string, unknown>>;
}

/**
 * Sorts what was said after `?` into common options, the model's own, and adaptations, which ride on the name under
 * their own names (`?distillation-token=true`) unless options of the model say them.
 *
 * @throws KdxError `KDX_MODEL_OPTION` for an unknown option or a bad value; `KDX_ADAPT_UNSUPPORTED`.
 */
export function readOptions<S extends z.ZodObject>(
  definition: ModelDefinition<S>,
  said: Readonly<Record<string, unknown>>,
): ReadOptions<S> {
  const supports = (definition.supports ?? []).filter((each) => !definition.adaptedOptions?.[each]);
  const own = Object.keys(definition.options.shape);
  const common = Object.keys(commonOptions.shape);
  const known = [...own, ...common.filter((key) => !own.includes(key)), ...supports];
  for (const key of Object.keys(said)) {
    if (!known.includes(key)) throw unknownOption(definition.name, key, known);
  }
  return {
    common: validate(definition.name, commonOptions, pick(said, common)),
    own: validate(definition.name, definition.options, pick(said, own)),
    adaptations: { ...definition.adaptations, ...pick(said, supports) },
    said: pick(said, known),
  };
}

/** Refuses an adaptation that the model cannot make. */
export function checkAdaptation(definition: ModelDefinition, model: string, adaptation: string): void {
  const supports: readonly string[] = definition.supports ?? [];
  if (!supports.includes(adaptation)) throw unsupportedAdaptation(model, adaptation, supports);
}

function validate<S extends z.ZodObject>(
  model: string,
  schema: S,
  values: Record<string, unknown>,
): z.output<S> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const option = String(issue.path[0] ?? '');
  throw badOption(model, option, describeIssue(issue, values[option]));
}

/** The innermost message: a union hides it in its last branch, the text one. */
function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  const branches = issue.code === 'invalid_union' ? issue.errors : [];
  const tried = branches.flat().filter((inner) => inner.code !== 'invalid_type');
  const message = tried.length > 0 ? tried[0].message : issue.message;
  return `${message} (it is ${JSON.stringify(value)}).`;
}

const pick = (from: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));
