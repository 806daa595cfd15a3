import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KdxError } from '@kdx/core';
import { Command, Option } from 'commander';
import { loadConfig } from '../config/load-config.js';
import { parseRunConfig, type RunConfig } from '../config/run-config.js';
import { setPath } from '../config/set-path.js';

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
  readonly seed?: number;
  readonly out?: string;
  readonly set: string[];
  readonly json?: boolean;
}

const repeat = (value: string, before: string[] = []): string[] => [...before, value];
const number = (value: string): number => Number(value);

/** Adds the flags that `run`, `explain` and `check` share. */
export function withRunFlags(command: Command): Command {
  return command
    .argument('[config]', 'config file (.json, .yaml, .mjs, .ts); flags override it')
    .option('--student <model>', 'model to train, e.g. "cifar_resnet20"')
    .option('--teacher <model@weights>', 'trained model to learn from; repeatable', repeat)
    .option('--data <spec>', 'e.g. "cifar100:DIR?train=5000", "shapes"')
    .option('--plugins <list>', 'methods, e.g. deit or \'kd,deit:{"type":"soft"}\'')
    .option('--epochs <n>', 'passes over the training images', number)
    .option('--batch <n>', 'images per step', number)
    .option('--lr <x>', 'base learning rate', number)
    .option('--optimizer <name>', 'sgd, adam or adamw')
    .option('--head-rule <rule>', 'class, distillation, mean or sum-softmax')
    .option('--seed <n>', 'of weights, order and augmentation', number)
    .addOption(new Option('--backend <name>', 'what computes').choices(['auto', 'wasm', 'torch', 'tensorflow']))
    .option('--out <dir>', "the run's folder")
    .option('--set <path=value>', 'any other setting, e.g. --set mixup=0.8; repeatable', repeat, [])
    .option('--json', 'machine-readable output, one JSON object per line');
}

/** The config of a command: file, then flags, then `--set`. @throws KdxError `KDX_CONFIG…`, `KDX_SET` */
export async function readRunConfig(file: string | undefined, flags: RunFlags): Promise<RunConfig> {
  const config = file === undefined ? {} : await loadConfig(file);
  for (const key of ['student', 'data', 'plugins', 'epochs', 'batch', 'lr', 'headRule', 'backend', 'seed', 'out'] as const) {
    if (flags[key] !== undefined) config[key] = flags[key];
  }
  if (flags.teacher) config.teacher = flags.teacher;
  if (flags.optimizer) config.optimizer = { name: flags.optimizer };
  for (const assignment of flags.set) setPath(config, assignment);
  if (typeof config.optimizer === 'string') config.optimizer = { name: config.optimizer };
  return parseRunConfig(config, file ?? 'The command line');
}

/** The config a run was begun with. @throws KdxError `KDX_RUN_MISSING`, `KDX_RESUME_CODE` */
export function readBegunConfig(directory: string): RunConfig {
  const file = join(directory, 'config.json');
  if (!existsSync(file)) {
    throw new KdxError('KDX_RUN_MISSING', `${directory} holds no run (no config.json in it); give the folder of a run to --resume.`);
  }
  const record = JSON.parse(readFileSync(file, 'utf8')) as { config: unknown; resumableByName: boolean };
  if (!record.resumableByName) {
    throw new KdxError(
      'KDX_RESUME_CODE',
      `${directory} was begun in code with parts that have no name; resume it there with distill({ …, resume: '${directory}' }).`,
    );
  }
  return parseRunConfig(record.config, file);
}
