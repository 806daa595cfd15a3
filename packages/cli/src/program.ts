import { setPluginHost } from '@kdx/run';
import type { Command } from 'commander';
import { commandLine } from './command-line.js';
import { attentionCommand } from './commands/attention.js';
import { backendCommand } from './commands/backend.js';
import { benchCommand } from './commands/bench.js';
import { checkCommand } from './commands/check.js';
import { configCommand } from './commands/config.js';
import { dataCommand } from './commands/data.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { explainCommand } from './commands/explain.js';
import { modelsCommand } from './commands/models.js';
import { pluginCommand } from './commands/plugin.js';
import { pluginsCommand } from './commands/plugins.js';
import { recipesCommand } from './commands/recipes.js';
import { reportCommand } from './commands/report.js';
import { runCommand } from './commands/run.js';
import { synthCommand } from './commands/synth.js';
import { uiCommand } from './commands/ui.js';
import { guardLoading } from './process/loading.js';

/** The command line of kdx. */
export function program(): Command {
  setPluginHost(guardLoading);
  return commandLine([
    runCommand(),
    explainCommand(),
    checkCommand(),
    benchCommand(),
    reportCommand(),
    uiCommand(),
    configCommand(),
    recipesCommand(),
    synthCommand(),
    evalCommand(),
    attentionCommand(),
    modelsCommand(),
    pluginsCommand(),
    pluginCommand(),
    dataCommand(),
    doctorCommand(),
    backendCommand(),
  ]);
}
