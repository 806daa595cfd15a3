import { z } from 'zod';

interface Schema {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/**
 * The keys that a schema accepts at a path. Of a union whose branches differ by a name, only the branch that `given`
 * names counts, or all branches when it names none.
 * @param path e.g. `['optimizer']` for the keys of the optimiser
 * @param given the value that was validated
 */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[], given: unknown): string[] {
  let value = given;
  let found = branches(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema, value);
  for (const key of path) {
    value = fieldOf(value, key);
    found = found.flatMap(({ properties }) => {
      const part = properties?.[String(key)];
      return part ? branches(part, value) : [];
    });
  }
  return [...new Set(found.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

function branches(schema: Schema, given: unknown): Schema[] {
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const named = parts.filter((part) => isNamed(part, given));
  return [schema, ...(named.length > 0 ? named : parts).flatMap((part) => branches(part, given))];
}

/** Whether a branch has a fixed value, such as a name, and `given` has it. */
const isNamed = ({ properties }: Schema, given: unknown): boolean =>
  Object.entries(properties ?? {}).some(
    ([key, part]) => part.const !== undefined && part.const === fieldOf(given, key),
  );

const fieldOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
