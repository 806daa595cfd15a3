import type { DataSource, Split } from '@kdx/core';
import { count } from '@kdx/core/text';
import { openNames } from '@kdx/run/parts';
import Table from 'cli-table3';
import { Command } from 'commander';
import { console } from '../process/own-process.js';
import { pluginsOption } from './measure-flags.js';

interface InspectFlags {
  readonly plugins?: string;
  readonly json?: boolean;
}

/** Above this many classes a person gets the smallest and the largest of each split, not a line for each class. */
const LISTED_CLASSES = 30;

export const inspectCommand = (): Command =>
  new Command('inspect')
    .description('Opens a data set and shows its splits and the images of each class.')
    .argument('<spec>', 'e.g. cifar100:DIR?train=10%')
    .addOption(pluginsOption())
    .option('--json', 'machine-readable output')
    .addHelpText('after', '\nExample:\n  kdx data inspect mine:photos --plugins ./my-data.mjs')
    .action(async (spec: string, _: unknown, command: Command) => {
      // "data" has --json too, and takes it for its own wherever it stands.
      const flags = command.optsWithGlobals<InspectFlags>();
      const names = await openNames(flags.plugins);
      try {
        const inspected = inspect(await names.data(spec));
        console.log(flags.json ? JSON.stringify(inspected) : text(inspected));
      } finally {
        await names.close();
      }
    });

type SplitName = 'train' | 'validation' | 'test';

interface Inspected extends Pick<DataSource, 'name' | 'digest' | 'imageSize' | 'mean' | 'std'> {
  readonly classNames: readonly string[];
  /** Transforms of training images, in order. */
  readonly augment: readonly string[];
  readonly splits: Partial<
    Record<SplitName, { readonly images: number; readonly perClass: readonly number[] }>
  >;
}

function inspect(data: DataSource): Inspected {
  const { name, digest, imageSize, mean, std, labelNames: classNames } = data;
  const splits = (['train', 'validation', 'test'] as const).flatMap((split) => {
    const images = data[split];
    return images === undefined
      ? []
      : [[split, { images: images.length, perClass: perClass(images, classNames.length) }] as const];
  });
  return {
    name,
    digest,
    imageSize,
    mean,
    std,
    classNames,
    augment: data.augment.map((transform) => transform.name),
    splits: Object.fromEntries(splits),
  };
}

function perClass({ labels, length }: Split, classes: number): number[] {
  const counts = Array<number>(classes).fill(0);
  for (let i = 0; i < length; i++) counts[labels[i]] += 1;
  return counts;
}

function text({ name, imageSize, mean, std, classNames, augment, splits }: Inspected): string {
  const numbers = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(', ');
  const named = Object.entries(splits);
  const table = new Table({
    head: ['', ...named.map(([split]) => split)],
    style: { head: [], border: [], compact: true },
  });
  table.push(['images', ...named.map(([, { images }]) => count(images))]);
  if (classNames.length <= LISTED_CLASSES) {
    classNames.forEach((className, k) => {
      table.push([className, ...named.map(([, split]) => count(split.perClass[k]))]);
    });
  } else {
    const extreme = (of: (...values: number[]) => number) =>
      named.map(([, split]) => count(of(...split.perClass)));
    table.push(['smallest class', ...extreme(Math.min)], ['largest class', ...extreme(Math.max)]);
  }
  return [
    `${name}: ${count(classNames.length)} classes, images of ${imageSize.join('×')}`,
    `normalised with mean ${numbers(mean)} and std ${numbers(std)}; augmented by ${augment.join(', ') || 'nothing'}`,
    table.toString(),
  ].join('\n');
}
