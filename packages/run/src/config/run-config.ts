import { runSettings } from '@kdx/core/run';
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
  backend: z.enum(BACKEND_NAMES).default('auto').describe('what computes; auto is the fastest that loads'),
  device: z
    .string()
    .regex(/^(auto|cpu|cuda(:\d+)?)$/, 'expected auto, cpu, cuda or cuda:N')
    .optional()
    .describe('where it computes: auto, cpu, cuda or cuda:N'),
  precision: z
    .enum(PRECISIONS)
    .optional()
    .describe('what products and convolutions compute in; auto: bf16 where it is right and faster'),
  threads: z
    .union([z.literal('auto'), z.int().positive()], 'expected auto or a whole number above 0')
    .optional()
    .describe('threads of one kernel; auto: what this machine chose once'),
  teacherCache: z
    .union([z.boolean(), z.string().regex(/\S/, 'expected a path')])
    .optional()
    .describe("keeps the teacher's logits on disk: true for .kdx/teacher-cache, or a folder"),
  hookTimeout: z
    .number()
    .positive()
    .default(300)
    .describe('seconds after which a hook that has not settled fails the run'),
  out: z
    .string()
    .regex(/\S/, 'expected a path')
    .optional()
    .describe("the run's folder; default runs/<time>-<student>-<plugins>"),
});

/** A run as `kdx run` takes it; the same names as the flags. */
export const runConfig = z.strictObject({ ...parts.shape, ...runSettings.shape });

/** A resolved config. */
export type RunConfig = z.output<typeof runConfig>;
/** A config as a person writes it. */
export type RunConfigInput = z.input<typeof runConfig>;

/**
 * Validates a config and fills in the defaults.
 * @param where named in errors: a file, or "The command line"
 * @param originOf where a key is from, which is named instead where it is known
 * @throws KdxError `KDX_CONFIG` with the path of each wrong key, and did-you-mean for unknown ones
 */
export function parseRunConfig(
  given: unknown,
  where: string,
  originOf: (key: string) => string | undefined = () => undefined,
): RunConfig {
  const parsed = runConfig.safeParse(given);
  if (parsed.success) return parsed.data;
  throw configError(parsed.error, given, originOf(firstKey(parsed.error)) ?? where);
}

/** The key at the top that the first issue is about. */
function firstKey({ issues: [issue] }: z.ZodError): string {
  const [key = issue.code === 'unrecognized_keys' ? issue.keys[0] : ''] = issue.path;
  return String(key);
}
