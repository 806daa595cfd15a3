import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean } from '@kdx/tensor';
import { z } from 'zod';
import { loadConfig } from '../config/load-config.js';
import type { ConfigLayer } from '../config/merge-layers.js';
import { kdxError } from '../errors.js';

const FOLDER = fileURLToPath(new URL('../../recipes', import.meta.url));

const sourced = z.strictObject({
  value: z.unknown(),
  source: z.string().describe('a key of sources'),
});

/** A recipe as its file has it: settings from the literature, each value with its source. */
export const recipeSchema = z.strictObject({
  summary: z.string().describe('one line for "kdx recipes"'),
  sources: z.record(z.string(), z.string()).describe('where values are from, by a short name'),
  student: sourced.optional(),
  plugins: sourced.optional().describe('methods with their options, as a config file has them'),
  data: z.record(z.string(), sourced).default({}).describe('options of the data that a spec does not give'),
  settings: z
    .record(z.string(), z.union([sourced, z.record(z.string(), sourced)]))
    .describe('settings of a run, options of the optimizer and the schedule by name'),
});

/** The JSON schema of recipe files, for editors. */
export const recipeJsonSchema = (): object => ({
  $id: 'https://unpkg.com/@kdx/run/schema/recipe.json',
  title: 'Recipe of kdx',
  ...z.toJSONSchema(recipeSchema, { io: 'input' }),
});

type Sourced = z.output<typeof sourced>;

/** Settings from the literature under a name. */
export interface Recipe extends z.output<typeof recipeSchema> {
  /** E.g. `small-vit`. */
  readonly name: string;
  readonly file: string;
}

/** Names of the recipes that come with kdx. */
export const recipeNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

/**
 * A recipe by its name, or of a file of one's own.
 * @throws KdxError `KDX_RECIPE_UNKNOWN`, `KDX_RECIPE` for a file that is none
 */
export async function loadRecipe(name: string): Promise<Recipe> {
  const isFile = /[/\\]|\.(ya?ml|json)$/.test(name);
  const file = isFile ? resolve(name) : join(FOLDER, `${name}.yaml`);
  if (!existsSync(file)) {
    const names = recipeNames();
    throw kdxError(
      'KDX_RECIPE_UNKNOWN',
      isFile
        ? `There is no recipe file ${file}.`
        : `There is no recipe "${name}"; there are ${names.join(', ')}.${didYouMean(name, names)}`,
    );
  }
  const parsed = recipeSchema.safeParse(await loadConfig(file));
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(describe).join('; ');
    throw kdxError(
      'KDX_RECIPE',
      `${file} is no recipe: ${wrong}; "kdx recipes --schema" prints what one may hold.`,
    );
  }
  for (const { path, source } of sourcedValues(parsed.data)) {
    if (source in parsed.data.sources) continue;
    const known = Object.keys(parsed.data.sources);
    throw kdxError(
      'KDX_RECIPE',
      `${file}: ${path} has the source "${source}", and sources has only ${known.join(', ')}.${didYouMean(source, known)}`,
    );
  }
  return { ...parsed.data, name, file };
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(path === '' ? recipeSchema.shape : sourced.shape);
    return issue.keys
      .map(
        (key) => `there is no key "${key}"${didYouMean(key, known).replace(/^ /, '. ').replace(/\?$/, '?')}`,
      )
      .join('; ');
  }
  // A union only says that no branch fits; every value is an object of two.
  if (issue.code === 'invalid_union') return `${path} takes { value: …, source: … }`;
  return `${path} is not as it should be (${issue.message})`;
}

/** Every value of a recipe by its path in a config, with the short name of its source. */
export function sourcedValues({
  student,
  plugins,
  data,
  settings,
}: Pick<Recipe, 'student' | 'plugins' | 'data' | 'settings'>): {
  path: string;
  value: unknown;
  source: string;
}[] {
  const values = [
    ...(student === undefined ? [] : [{ path: 'student', ...student }]),
    ...(plugins === undefined ? [] : [{ path: 'plugins', ...plugins }]),
  ];
  for (const [option, entry] of Object.entries(data)) values.push({ path: `data?${option}`, ...entry });
  for (const [key, entry] of Object.entries(settings)) {
    if (isSourced(entry)) values.push({ path: key, ...entry });
    else
      for (const [option, inner] of Object.entries(entry))
        values.push({ path: `${key}.${option}`, ...inner });
  }
  return values;
}

/** A recipe as the undermost layer of a config. The options of its data are added by {@link withRecipeData}. */
export function recipeLayer({ name, student, plugins, settings }: Recipe): ConfigLayer {
  const values: Record<string, unknown> = {};
  if (student !== undefined) values.student = student.value;
  if (plugins !== undefined) values.plugins = plugins.value;
  for (const [key, entry] of Object.entries(settings)) {
    values[key] = isSourced(entry)
      ? entry.value
      : Object.fromEntries(Object.entries(entry).map(([option, { value }]) => [option, value]));
  }
  return { from: `recipe ${name}`, values };
}

/** A data spec with the recipe's options, where it does not say its own: `cifar100:DIR?train=10000`. */
export function withRecipeData(spec: string, { data }: Pick<Recipe, 'data'>): string {
  const said = new URLSearchParams(spec.split('?')[1] ?? '');
  const options = Object.entries(data).filter(([option]) => !said.has(option));
  if (options.length === 0) return spec;
  const text = options.map(([option, { value }]) => `${option}=${value}`).join('&');
  return `${spec}${spec.includes('?') ? '&' : '?'}${text}`;
}

// No option of an optimiser or a schedule is called value or source.
const isSourced = (entry: object): entry is Sourced => 'source' in entry;
