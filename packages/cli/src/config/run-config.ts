import { runSettings } from '@kdx/core';
import { z } from 'zod';
import { PRECISIONS } from '../backends/precisions.js';
import { BACKEND_NAMES } from '../backends/select-backend.js';
import { configError } from './config-error.js';

const names = z.union([z.string(), z.array(z.string())]);

/** What a run needs besides its settings, as a config file or the flags give it. */
const parts = z.strictObject({
  student: z.string().describe('model name with options, e.g. "deit_tiny_patch16_224?img=32&patch=4"'),
  teacher: names.optional().describe('model@weights, one or several'),
  data: z.string().describe('data spec, e.g. "cifar100:DIR" or "shapes"'),
  plugins: z
    .union([
      z.string(),
      z.array(z.union([z.string(), z.tuple([z.string(), z.record(z.string(), z.unknown())])])),
    ])
    .default([])
    .describe('methods: names, or [name, options]'),
  backend: z.enum(BACKEND_NAMES).default('auto'),
  device: z
    .string()
    .regex(/^(auto|cpu|cuda(:\d+)?)$/, 'expected auto, cpu, cuda or cuda:N')
    .optional()
    .describe('what computes: auto, cpu, cuda or cuda:N'),
  precision: z.enum(PRECISIONS).optional().describe('what products and convolutions compute in'),
  threads: z
    .union([z.literal('auto'), z.int().positive()], 'expected auto or a whole number above 0')
    .optional()
    .describe('threads of one kernel; auto measures'),
  out: z.string().optional().describe("the run's folder; default runs/<time>-<student>-<plugins>"),
});

/** Every key of a config file of `kdx run`; the same names as the flags. */
export const runConfig = z.strictObject({ ...parts.shape, ...runSettings.shape });

/** A resolved config. */
export type RunConfig = z.output<typeof runConfig>;
/** A config as a person writes it. */
export type RunConfigInput = z.input<typeof runConfig>;

const PART_KEYS = new Set(Object.keys(parts.shape));

/** The settings of a config, without its parts. */
export function settingsOf(config: RunConfig): z.output<typeof runSettings> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !PART_KEYS.has(key))) as z.output<
    typeof runSettings
  >;
}

/**
 * Validates a config and fills in the defaults.
 * @param where named in errors: a file, or "the command line"
 * @throws KdxError `KDX_CONFIG` with the path of each wrong key, and did-you-mean for unknown ones
 */
export function parseRunConfig(given: unknown, where: string): RunConfig {
  const parsed = runConfig.safeParse(given);
  if (parsed.success) return parsed.data;
  throw configError(parsed.error, given, where);
}
