import { fileURLToPath } from 'node:url';
import { didYouMean, messageOf, readText } from '@kdx/tensor';
import { parse } from 'yaml';
import { z } from 'zod';
import { kdxError } from '../errors.js';

const OWN = fileURLToPath(new URL('../../catalogue/downloads.yaml', import.meta.url));

// Names of the catalogue become files; none may lead out of the folder.
const fileName = z.string().regex(/^\w[\w.-]*$/, 'must be a plain file name');
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

const archive = z.strictObject({
  name: fileName,
  urls: z.array(z.url({ protocol: /^https?$/ })).min(1),
  bytes: z.number().int().positive().optional(),
  md5: hex(32).optional(),
  sha256: hex(64).optional(),
  'sha256-prefix': z
    .string()
    .regex(/^[0-9a-f]{8,64}$/)
    .optional(),
});

const entry = z.strictObject({
  title: z.string(),
  source: z.string(),
  licence: z.string(),
  archive,
  /** A tar.gz with this folder; its files with their sizes. */
  unpack: z
    .strictObject({
      folder: fileName,
      files: z.record(fileName, z.union([z.number().int(), z.literal('any')])),
    })
    .optional(),
  /** A PyTorch state dict, which kdx does not read: how it becomes safetensors. */
  weights: z
    .strictObject({
      model: z.string(),
      file: fileName,
      data: z.string(),
      mean: z.array(z.number()),
      std: z.array(z.number()),
    })
    .optional(),
  /** What to type once it is there; `{data}` stands for its data spec. */
  next: z.string().optional(),
});

const schema = z.strictObject({ entries: z.record(z.string(), entry) });

export type Archive = z.output<typeof archive>;
/** What can be fetched under a name. */
export type CatalogueEntry = z.output<typeof entry> & { readonly name: string };

/** What a catalogue file has; by default that of kdx. @throws KdxError `KDX_FETCH_CATALOGUE` */
export function readCatalogue(file = OWN): CatalogueEntry[] {
  try {
    const { entries } = schema.parse(parse(readText(file)));
    return Object.entries(entries).map(([name, values]) => ({ name, ...values }));
  } catch (cause) {
    const why =
      cause instanceof z.ZodError
        ? z.prettifyError(cause).replaceAll(/\s*\n\s*/g, ' ')
        : // Below the place of a fault of syntax stand the lines it is in.
          messageOf(cause).replace(/:?\n.*/s, '');
    throw kdxError(
      'KDX_FETCH_CATALOGUE',
      `${file} is not a catalogue: ${why}; mend it, or leave out --catalogue.`,
      { cause },
    );
  }
}

/** @throws KdxError `KDX_FETCH_UNKNOWN` */
export function findEntry(name: string, entries: readonly CatalogueEntry[]): CatalogueEntry {
  const found = entries.find((each) => each.name === name);
  if (found) return found;
  const names = entries.map((each) => each.name);
  throw kdxError(
    'KDX_FETCH_UNKNOWN',
    `"${name}" cannot be fetched; "kdx data fetch" lists what can: ${names.join(', ')}.${didYouMean(name, names)}`,
  );
}
