import { relative, resolve } from 'node:path';
import { counted, quoted } from '@kdx/core/text';
import { Command } from 'commander';
import pc from 'picocolors';
import { cloneRoot } from '../plugin-new/clone-root.js';
import { pluginName } from '../plugin-new/plugin-name.js';
import { scaffoldPlugin } from '../plugin-new/scaffold.js';
import { console } from '../process/own-process.js';

export const pluginNewCommand = (): Command =>
  new Command('new')
    .description('Makes a package with a small plugin that works: code, tests, README, CI.')
    .argument('<name>', 'e.g. my-hint or @me/my-hint')
    .option('--dir <dir>', 'where to, a new or empty folder; default kdx-plugin-NAME')
    .addHelpText(
      'after',
      `
The package is called kdx-plugin-NAME or @me/kdx-plugin-NAME, and --plugins
knows it as NAME or @me/NAME. Nothing is installed, no file is overwritten.

Example:
  kdx plugin new my-hint`,
    )
    .action((given: string, { dir }: { dir?: string }) => {
      const name = pluginName(given);
      const folder = resolve(dir ?? name.folder);
      const files = scaffoldPlugin(name, folder);
      const place = relative(process.cwd(), folder);
      const clone = cloneRoot();
      const next = [
        ...(place === '' ? [] : [`cd ${quoted(place)}`]),
        ...(clone === undefined
          ? ['npm install']
          : [
              `npm run pack --prefix ${quoted(clone)}`,
              `npm install --no-save ${quoted(clone)}/packed/*.tgz`,
            ]),
        'npm test',
      ];
      const why = ' (this kdx is a clone: what npm would bring is packed there, again after each change)';
      console.log(
        [
          `${pc.green('✓')} ${name.packageName}: ${counted(files.length, 'file')} in ${place || 'this folder'}. The method in src is similarity-preserving`,
          '  distillation, complete and tested, for you to change into yours.',
          '',
          `Next${clone === undefined ? '' : why}:`,
          ...next.map((line) => `  ${line}`),
        ].join('\n'),
      );
    });
