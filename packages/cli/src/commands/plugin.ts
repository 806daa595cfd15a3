import { Command } from 'commander';
import { pluginNewCommand } from './plugin-new.js';
import { pluginTestCommand } from './plugin-test.js';

export const pluginCommand = (): Command =>
  new Command('plugin')
    .description('Makes a plugin package of your own, and proves a plugin correct.')
    .summary('Makes a plugin package, and proves a plugin correct.')
    .addCommand(pluginNewCommand())
    .addCommand(pluginTestCommand())
    .addHelpText(
      'after',
      '\nExample:\n  kdx plugin new my-hint\n\n"kdx plugins" lists the plugins that are there.',
    );
