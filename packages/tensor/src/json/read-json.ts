import { z } from 'zod';
import { type KdxError, messageOf } from '../errors/kdx-error.js';
import { parseJson } from './parse-json.js';
import { readText } from './read-text.js';

/** Makes the error of a file from a few words that say what is wrong with it, position included. */
export type Refusal = (why: string, cause?: unknown) => KdxError;

/**
 * The value of a JSON file. Every reader of JSON files goes through here, so all refuse the same files.
 * @param refuse names the file, the code and the remedy
 * @throws what `refuse` makes: for a file that is not JSON (see {@link parseJson}), or does not fit `schema`
 */
export function readJson<S extends z.ZodType>(file: string, schema: S, refuse: Refusal): z.output<S> {
  let value: unknown;
  try {
    value = parseJson(readText(file));
  } catch (cause) {
    throw refuse(messageOf(cause), cause);
  }
  return fitJson(value, schema, refuse);
}

/** A value that was JSON, held to a schema. @throws what `refuse` makes, with the path of the first part that does not fit */
export function fitJson<S extends z.ZodType>(value: unknown, schema: S, refuse: Refusal): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refuse(misfit(result.error.issues[0]), result.error);
}

const KINDS: Readonly<Record<string, string>> = { record: 'an object', object: 'an object', array: 'a list' };

function misfit(issue: z.core.$ZodIssue): string {
  const part = issue.path.join('.') || 'it';
  if (issue.code !== 'invalid_type') return `${part}: ${issue.message}`;
  return `${part} is not ${KINDS[issue.expected] ?? `a ${issue.expected}`}`;
}

/** Any object. */
export const jsonObject = z.record(z.string(), z.unknown());
