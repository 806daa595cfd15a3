import { z } from 'zod';
import { runConfig } from './run-config.js';

/** What an arm of a comparison changes; every key of a run but the seed and the folder, which `kdx bench` gives. */
const arm = runConfig.omit({ seed: true, out: true }).partial();

/** Every key of a config file. `kdx run` takes one run of it, `kdx bench` all its arms and seeds. */
export const configFile = z.strictObject({
  $schema: z.string().optional().describe('the JSON schema, for editors'),
  recipe: z
    .string()
    .optional()
    .describe('settings from the literature to begin with; "kdx recipes" lists them'),
  ...runConfig.partial().shape,
  arms: z
    .record(z.string().regex(/^[\w.+-]+$/, 'expected letters, digits, ".", "+", "-" and "_"'), arm)
    .optional()
    .describe('what is compared, by name; each arm changes some keys of the run above'),
  seeds: z.array(z.int().min(0)).min(1).optional().describe('seeds of every arm of "kdx bench"'),
});

/** A config file as a person writes it. */
export type ConfigFile = z.input<typeof configFile>;

/** The JSON schema of config files, for editors. */
export const configJsonSchema = (): object => ({
  $id: 'https://unpkg.com/kdx/schema/config.json',
  title: 'Config of kdx',
  ...z.toJSONSchema(configFile, { io: 'input' }),
});
