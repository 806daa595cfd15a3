import { listDataSets } from '@kdx/data';
import { Command } from 'commander';
import { console } from '../process/own-process.js';
import { fetchCommand } from './fetch.js';
import { inspectCommand } from './inspect.js';
import { type ListFlags, withJson } from './listing.js';

export const dataCommand = (): Command =>
  withJson(
    new Command('data')
      .description('Lists, inspects and fetches data sets.')
      .addCommand(fetchCommand())
      .addCommand(inspectCommand()),
    'kdx data',
  ).action(({ json }: ListFlags) => {
    const sets = listDataSets();
    if (json) console.log(JSON.stringify(sets));
    else {
      for (const { usage, help, options } of sets) {
        console.log(`${usage.padEnd(14)} ${help}`);
        for (const option of options) {
          const preset = option.default === undefined ? '' : ` (default ${option.default})`;
          const key = `${option.name}=…`;
          console.log(`  ${key.padEnd(15)} ${option.help}: ${option.syntax}${preset}`);
        }
      }
      console.log('\ncifar100 and cifar10 without DIR are what "kdx data fetch cifar100" has fetched.');
    }
  });
