import { join, resolve } from 'node:path';
import { KdxError, RunStore, runSettings } from '@kdx/core';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { PRECISIONS } from '../backends/precisions.js';
import { BACKEND_NAMES } from '../backends/select-backend.js';
import { findConfig } from '../config/find-config.js';
import { loadConfig } from '../config/load-config.js';
import { parseRunConfig, type RunConfig } from '../config/run-config.js';
import { setPath } from '../config/set-path.js';
import type { RunRecord } from '../run/record.js';

/** Flags of commands that work on a run, as commander gives them. */
export interface RunFlags {
  readonly student?: string;
  readonly teacher?: string[];
  readonly data?: string;
  readonly plugins?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly optimizer?: string;
  readonly headRule?: string;
  readonly backend?: string;
  readonly device?: string;
  readonly precision?: string;
  readonly threads?: number | 'auto';
  readonly seed?: number;
  readonly out?: string;
  readonly set?: string[];
  readonly json?: boolean;
}

const repeat = (value: string, before: string[] = []): string[] => [...before, value];
/** @throws KdxError `KDX_CONFIG` naming the flag when the text is no number */
export const numberFor =
  (flag: string, takes = 'a number') =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    throw new KdxError('KDX_CONFIG', `${flag} takes ${takes} and got "${text}".`);
  };

/** @throws KdxError `KDX_CONFIG` naming the flag when the text is neither `auto` nor a number */
export const threadsFor =
  (flag: string) =>
  (text: string): number | 'auto' =>
    text === 'auto' ? text : numberFor(flag, 'auto or a number')(text);

/** Adds the flags that `run`, `explain` and `check` share. */
export function withRunFlags(command: Command): Command {
  return command
    .argument(
      '[config]',
      'config file (.json, .yaml, .mjs, .ts), default kdx.config.* here; flags override it',
    )
    .option('--student <model>', 'model to train, e.g. "cifar_resnet20"')
    .option('--teacher <model@weights>', 'trained model to learn from; repeatable', repeat)
    .option('--data <spec>', 'e.g. "cifar100:DIR?train=5000", "shapes"')
    .option('--plugins <list>', 'methods, e.g. deit or \'kd,deit:{"type":"soft"}\'')
    .option('--epochs <n>', 'passes over the training images', numberFor('--epochs'))
    .option('--batch <n>', 'images per step', numberFor('--batch'))
    .option('--lr <x>', 'base learning rate', numberFor('--lr'))
    .option('--optimizer <name>', 'sgd, adam or adamw')
    .option('--head-rule <rule>', 'class, distillation, mean or sum-softmax')
    .option('--seed <n>', 'of weights, order and augmentation', numberFor('--seed'))
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKEND_NAMES))
    .option('--device <name>', 'cpu, cuda, cuda:N or auto')
    .addOption(new Option('--precision <name>', 'of products and convolutions').choices(PRECISIONS))
    .option('--threads <n>', 'threads of one kernel, or auto', threadsFor('--threads'))
    .option('--out <dir>', "the run's folder")
    .option('--set <path=value>', 'any other setting, e.g. --set mixup=0.8; repeatable', repeat)
    .option('--json', 'machine-readable output, one JSON object per line')
    .addHelpText(
      'after',
      `\nKeys of --set and config files, besides the flags: ${settingKeys().join(', ')}.`,
    );
}

/** Settings that have no flag of their own. */
const settingKeys = (): string[] =>
  Object.keys(runSettings.shape).filter(
    (key) => !['epochs', 'batch', 'lr', 'optimizer', 'headRule', 'seed'].includes(key),
  );

/**
 * The config of a command: file, then flags, then `--set`. Without a file named the `kdx.config.*` of the current folder
 * counts, and stderr says so, since nothing on the command line does.
 * @throws KdxError `KDX_CONFIG…`, `KDX_SET`
 */
export async function readRunConfig(named: string | undefined, flags: RunFlags): Promise<RunConfig> {
  const file = named ?? findConfig(process.cwd());
  if (file !== undefined && named === undefined) console.error(pc.dim(`config    ${file}`));
  const config = file === undefined ? {} : await loadConfig(file);
  return withFlags(config, flags, file ?? 'The command line');
}

/**
 * The config a run was begun with, under whatever is said now; the resume itself refuses what is not the same.
 * @throws KdxError `KDX_RUN_MISSING`, `KDX_RUN_BROKEN`, `KDX_RESUME_CODE`, `KDX_RESUME_OUT`
 */
export async function readBegunConfig(
  directory: string,
  file: string | undefined,
  flags: RunFlags,
): Promise<RunConfig> {
  if (flags.out !== undefined && resolve(flags.out) !== resolve(directory)) {
    throw new KdxError(
      'KDX_RESUME_OUT',
      `A resumed run stays in ${directory}; leave out --out, or leave out --resume.`,
    );
  }
  const { out: _, ...rest } = flags;
  const said = file === undefined ? {} : await loadConfig(file);
  return withFlags({ ...begunConfig(directory), ...said }, rest, join(directory, 'config.json'));
}

function withFlags(config: Record<string, unknown>, flags: RunFlags, where: string): RunConfig {
  for (const key of [
    'student',
    'teacher',
    'data',
    'plugins',
    'epochs',
    'batch',
    'lr',
    'headRule',
    'backend',
    'device',
    'precision',
    'threads',
    'seed',
    'out',
  ] as const) {
    if (flags[key] !== undefined) config[key] = flags[key];
  }
  if (flags.optimizer) config.optimizer = optimizerNamed(flags.optimizer, config.optimizer);
  for (const assignment of flags.set ?? []) setPath(config, assignment);
  config.optimizer = withDefaultKind(config.optimizer, 'name', DEFAULTS.optimizer);
  config.schedule = withDefaultKind(config.schedule, 'type', DEFAULTS.schedule);
  return parseRunConfig(config, where);
}

const DEFAULTS = runSettings.parse({});

/** A bare name is a kind with its own defaults; options without a kind change the default one. */
function withDefaultKind(given: unknown, kind: string, preset: object): unknown {
  if (typeof given === 'string') return { [kind]: given };
  if (typeof given !== 'object' || given === null || kind in given) return given;
  return { ...preset, ...given };
}

/** A flag that names the optimiser a config file already has leaves its options alone. */
function optimizerNamed(name: string, before: unknown): unknown {
  const same = typeof before === 'object' && before !== null && (before as { name?: unknown }).name === name;
  return same ? before : { name };
}

function begunConfig(directory: string): Record<string, unknown> {
  const { config, resumableByName } = RunStore.open(directory).readJson<Partial<RunRecord>>('config.json');
  if (resumableByName === false) {
    throw new KdxError(
      'KDX_RESUME_CODE',
      `${directory} was begun in code with parts that have no name; resume it there with distill({ …, resume: '${directory}' }).`,
    );
  }
  if (typeof config === 'object' && config !== null) return { ...config };
  throw new KdxError(
    'KDX_RUN_BROKEN',
    `${join(directory, 'config.json')} has no "config"; it is not the record of a run.`,
  );
}
