import { z } from 'zod';

type Shape = Readonly<Record<string, z.ZodType>>;

/** What is left of a file whose parts may be anything. */
export type SoundParts<S extends Shape> = { readonly [K in keyof S]?: z.output<S[K]> };

/**
 * The parts of an object that are what they should be, each judged alone, so that one that is odd takes no other with it.
 * @param odd gets the names of those that are not
 */
export function soundParts<S extends Shape>(value: unknown, shape: S, odd: string[] = []): SoundParts<S> {
  const given = z.record(z.string(), z.unknown()).safeParse(value);
  const parts = Object.entries(shape).map(([key, schema]) => {
    const parsed = schema.safeParse(given.data?.[key]);
    if (!parsed.success) odd.push(key);
    return [key, parsed.data] as const;
  });
  return Object.fromEntries(parts) as SoundParts<S>;
}
