import { scheduleSchema } from '@kdx/core';
import { optimizerSchema } from '@kdx/core/run';
import { z } from 'zod';
import { LONGEST_NAME } from './arm-name.js';
import { runConfig } from './run-config.js';

/** A bare name, a whole statement, or options that change the kind that is there. */
const inKinds = (kinds: readonly z.ZodObject[], key: string) =>
  z.union([
    z.enum(kinds.map((kind) => String((kind.shape[key] as z.ZodLiteral).value))),
    ...kinds,
    ...kinds.map((kind) => kind.omit({ [key]: true } as never).partial()),
  ]);

const run = {
  ...runConfig.partial().shape,
  optimizer: inKinds(optimizerSchema.options, 'name').optional(),
  schedule: inKinds(scheduleSchema.options, 'type').optional(),
};

/** What an arm of a comparison changes; every key of a run but the seed and the folder, which `kdx bench` gives. */
const arm = z.strictObject(run).omit({ seed: true, out: true });

/** Every key of a config file. `kdx run` takes one run of it, `kdx bench` all its arms and seeds. */
export const configFile = z.strictObject({
  $schema: z.string().optional().describe('the JSON schema, for editors'),
  recipe: z
    .string()
    .optional()
    .describe('settings from the literature to begin with; "kdx recipes" lists them'),
  ...run,
  arms: z
    .record(z.string().min(1).max(LONGEST_NAME), arm)
    .optional()
    .describe('what is compared, by name; each arm changes some keys of the run above'),
  seeds: z.array(z.int().min(0)).min(1).optional().describe('seeds of every arm of "kdx bench"'),
});

/** The JSON schema of config files, for editors. */
export const configJsonSchema = (): object => ({
  $id: 'https://unpkg.com/@kdx/run/schema/config.json',
  title: 'Config of kdx',
  ...z.toJSONSchema(configFile, { io: 'input' }),
});
