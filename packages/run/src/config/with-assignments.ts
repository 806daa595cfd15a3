import type { z } from 'zod';
import { configError } from './config-error.js';
import { parseAssignment } from './parse-assignment.js';

/**
 * Settings under every `--set path=value`: objects are merged, everything else is replaced.
 * @param of the schema of the settings, and the command whose help lists their keys
 * @throws KdxError `KDX_SET`, `KDX_CONFIG`
 */
export function withAssignments<T>(
  base: T,
  assignments: readonly string[],
  { schema, command }: { readonly schema: z.ZodType<T>; readonly command: string },
): T {
  const asked = assignments
    .map(parseAssignment)
    .reduce<Record<string, unknown>>(over, { ...(base as Record<string, unknown>) });
  const parsed = schema.safeParse(asked);
  if (parsed.success) return parsed.data;
  throw configError(parsed.error, asked, '--set', { schema, command, more: [] });
}

function over(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const [old, young] = [merged[key], value];
    merged[key] = isObject(old) && isObject(young) ? over(old, young) : young;
  }
  return merged;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
