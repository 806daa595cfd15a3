import { type DataSource, type Split } from '@kdx/core';
import { BACKEND_NAMES, PRECISIONS } from '@kdx/run/parts';
import { type BackendSettings } from '@kdx/tensor';
import { type Command, Option } from 'commander';
import { kdxError } from '../errors.js';
import { countFor, threadsFor } from './options.js';

/** Flags of commands that measure trained models on a data set, as commander gives them. */
export interface MeasureFlags {
  readonly data: string;
  readonly plugins?: string;
  readonly split: 'test' | 'validation' | 'train';
  readonly batch: number;
  readonly backend: string;
  readonly device?: string;
  readonly precision?: BackendSettings['precision'];
  readonly threads?: number | 'auto';
  readonly json?: boolean;
}

/**
 * Adds the flags that commands on trained models share.
 * @param batch images per forward unless said
 */
export const withMeasureFlags = (command: Command, { batch }: { readonly batch: number }): Command =>
  command
    .requiredOption('--data <spec>', 'e.g. cifar100:DIR')
    .addOption(pluginsOption())
    .addOption(new Option('--split <name>').choices(['test', 'validation', 'train']).default('test'))
    .option('--batch <n>', 'images per forward', countFor('--batch'), batch)
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKEND_NAMES).default('auto'))
    .option('--device <name>', 'cpu, cuda, cuda:N or auto')
    .addOption(new Option('--precision <name>', 'of products').choices(PRECISIONS))
    .option('--threads <n>', 'threads of one kernel, or auto', threadsFor('--threads'))
    .option('--json', 'machine-readable output');

/** Plugins of commands that have no run: they bring names of data sets and models. */
export const pluginsOption = (): Option =>
  new Option('--plugins <list>', 'plugins that bring data or models, e.g. ./my-data.mjs');

/** The split that is asked for. @throws KdxError `KDX_DATA_SPLIT` where the data has none, or no image in it */
export function splitOf(data: DataSource, name: MeasureFlags['split']): Split {
  const split = data[name];
  if (split && split.length > 0) return split;
  throw kdxError('KDX_DATA_SPLIT', `${data.name} has no ${name} split; choose another --split.`);
}
