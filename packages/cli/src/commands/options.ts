import { join, resolve } from 'node:path';
import { RunStore } from '@kdx/core';
import { type RunConfig } from '@kdx/run';
import {
  BACKEND_NAMES,
  type ConfigLayer,
  layersOf,
  loadConfig,
  mergeLayers,
  originsOf,
  PRECISIONS,
  parseAssignment,
  parseRunConfig,
  type RunRecord,
  readConfig,
  readSeeds,
  runConfig,
  runOf,
  withOldValues,
} from '@kdx/run/parts';
import { Command, Option } from 'commander';
import { kdxError } from '../errors.js';
import { withHelpAll } from '../terminal/help.js';
import { sayFound } from '../terminal/say-found.js';

/** Flags of commands that work on a run, as commander gives them. */
export interface RunFlags {
  readonly recipe?: string;
  readonly arm?: string;
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
  readonly teacherCache?: string | boolean;
  readonly seed?: number;
  readonly out?: string;
  readonly set?: string[];
  readonly json?: boolean;
}

/** Flags that are keys of a config. */
const FLAG_KEYS = [
  'student',
  'teacher',
  'data',
  'plugins',
  'epochs',
  'batch',
  'lr',
  'optimizer',
  'headRule',
  'seed',
  'backend',
  'device',
  'precision',
  'threads',
  'teacherCache',
  'out',
] as const satisfies readonly (keyof RunFlags)[];

/** For a flag that may be said several times. */
export const repeat = (value: string, before: string[] = []): string[] => [...before, value];
/** @throws KdxError `KDX_CONFIG` naming the flag when the text is no number */
export const numberFor =
  (flag: string, takes = 'a number') =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    throw kdxError('KDX_CONFIG', `${flag} takes ${takes} and got "${text}".`);
  };

/** @throws KdxError `KDX_CONFIG` naming the flag when the text is neither `auto` nor a number */
export const threadsFor =
  (flag: string) =>
  (text: string): number | 'auto' =>
    text === 'auto' ? text : numberFor(flag, 'auto or a number')(text);

/** @throws KdxError `KDX_CONFIG` naming the flag when the text is no whole number from `least` to `most` */
export const wholeFor =
  (flag: string, least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = numberFor(flag)(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`;
    throw kdxError('KDX_CONFIG', `${flag} takes a whole number ${range} and got ${text}.`);
  };

/** @throws KdxError `KDX_CONFIG` naming the flag when the text is no whole number above 0 */
export const countFor = (flag: string): ((text: string) => number) => wholeFor(flag, 1);

/** @throws KdxError `KDX_CONFIG` naming the flag when the text is no probability */
export const probabilityFor =
  (flag: string) =>
  (text: string): number => {
    const value = numberFor(flag)(text);
    if (value >= 0 && value <= 1) return value;
    throw kdxError('KDX_CONFIG', `${flag} takes a number from 0 to 1 and got ${text}.`);
  };

/** @throws KdxError `KDX_CONFIG` for what is no list of different whole numbers */
const seedsFor = (text: string): readonly number[] =>
  readSeeds(text.split(',').map(numberFor('--seeds', 'whole numbers such as 0,1,2')), '--seeds');

/**
 * Adds the flags that commands on a run share.
 * @param several for a command on all arms and seeds of a comparison
 */
export function withRunFlags(command: Command, { several = false } = {}): Command {
  if (several) {
    command
      .option('--arm <name=plugins>', 'what to compare, any name; repeatable', repeat)
      .option('--seeds <list>', 'seeds of every arm, default 0,1,2', seedsFor);
  } else {
    command.option('--arm <name>', 'the arm of a config file that has several');
  }
  command
    .argument('[config]', 'default kdx.config.*; flags override it')
    .option('--recipe <name>', 'settings from the literature, see "kdx recipes"')
    .option('--student <model>', 'model to train, e.g. "cifar_resnet20"')
    .option('--teacher <model@weights>', 'trained model to learn from; repeatable', repeat)
    .option('--data <spec>', 'e.g. "cifar100:DIR?train=5000", "shapes"')
    .option('--plugins <list>', 'methods, e.g. deit or \'kd,deit:{"type":"soft"}\'')
    .option('--epochs <n>', 'passes over the training images', numberFor('--epochs'))
    .option('--batch <n>', 'images per step', numberFor('--batch'))
    .option('--lr <x>', 'base learning rate', numberFor('--lr'))
    .option('--optimizer <name>', 'sgd, adam or adamw')
    .option('--head-rule <rule>', 'class, distillation, mean or sum-softmax')
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKEND_NAMES))
    .option('--device <name>', 'cpu, cuda, cuda:N or auto')
    .addOption(new Option('--precision <name>', 'of products and convolutions').choices(PRECISIONS))
    .option('--threads <n>', 'threads of one kernel, or auto', threadsFor('--threads'))
    .option(
      '--teacher-cache [dir]',
      several
        ? "where the teacher's logits are kept, default OUT/teacher-cache"
        : "keep the teacher's logits on disk, default .kdx/…",
    )
    .option('--out <dir>', several ? 'the folder of it all, default runs/bench' : "the run's folder")
    .option('--no-teacher-cache', 'run the teacher at every step')
    .option('--set <path=value>', 'any other setting, as mixup=0.8; repeatable', repeat)
    .option('--json', 'for programs, one JSON object per line');
  if (!several) command.option('--seed <n>', 'of weights, order and augmentation', numberFor('--seed'));
  return withHelpAll(command, {
    flags: several ? SELDOM : ['--arm', ...SELDOM],
    notes: `Keys of --set and config files, besides the flags: ${settingKeys().join(', ')}.`,
  });
}

/** Flags that most runs do without. */
const SELDOM = [
  '--optimizer',
  '--head-rule',
  '--device',
  '--precision',
  '--threads',
  '--teacher-cache',
  '--no-teacher-cache',
];

/** Keys that have no flag of their own. */
const settingKeys = (): string[] =>
  Object.keys(runConfig.shape).filter((key) => !(FLAG_KEYS as readonly string[]).includes(key));

/** What flags say, each in a layer of its own, then every `--set`. @throws KdxError `KDX_SET` */
export function flagLayers(flags: RunFlags): ConfigLayer[] {
  const said = FLAG_KEYS.filter((key) => flags[key] !== undefined).map((key) => ({
    from: `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    values: { [key]: flags[key] },
  }));
  const set = (flags.set ?? []).map((assignment) => ({
    from: `--set ${assignment.split('=')[0]}`,
    values: parseAssignment(assignment),
  }));
  return [...said, ...set];
}

/** The config of a command that works on one run. @throws KdxError `KDX_CONFIG…`, `KDX_RECIPE…`, `KDX_SET`, `KDX_ARM_…` */
export async function readRunConfig(file: string | undefined, flags: RunFlags): Promise<RunConfig> {
  return (await readNewRun(file, flags)).config;
}

/** As {@link readRunConfig}, with where its values are from. */
export async function readNewRun(
  file: string | undefined,
  flags: RunFlags,
): Promise<{ readonly config: RunConfig; readonly origins: Record<string, string> }> {
  const source = await readConfig({
    file,
    recipe: flags.recipe,
    layers: flagLayers(flags),
    onFound: sayFound,
  });
  const config = runOf(source, flags.arm);
  return { config, origins: originsOf(layersOf(source, flags.arm), config) };
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
    throw kdxError(
      'KDX_RESUME_OUT',
      `A resumed run stays in ${directory}; leave out --out, or leave out --resume.`,
    );
  }
  const { out: _, ...rest } = flags;
  const record = join(directory, 'config.json');
  const begun = { from: record, values: begunConfig(directory) };
  const said = file === undefined ? [] : [{ from: file, values: await loadConfig(file) }];
  return parseRunConfig(mergeLayers([begun, ...said, ...flagLayers(rest)]), record);
}

function begunConfig(directory: string): Record<string, unknown> {
  const { config, resumableByName } = RunStore.open(directory).readJson<Partial<RunRecord>>('config.json');
  if (resumableByName === false) {
    throw kdxError(
      'KDX_RESUME_CODE',
      `${directory} was begun in code with parts that have no name; resume it there with distill({ …, resume: '${directory}' }).`,
    );
  }
  if (typeof config === 'object' && config !== null) return withOldValues(config);
  throw kdxError(
    'KDX_RUN_BROKEN',
    `${join(directory, 'config.json')} has no "config"; it is not the record of a run.`,
  );
}
