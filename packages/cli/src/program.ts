import { setPluginHost } from '@kdx/run';
import { Command } from 'commander';
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
import { uiCommand } from './commands/ui.js';
import { findCommands } from './plugin-commands/find-commands.js';
import { makeCommand } from './plugin-commands/make-command.js';
import { guardLoading } from './process/loading.js';
import { warnOnStderr } from './terminal/warn-on-stderr.js';

/**
 * The command line of kdx in a project.
 * @param used the command that is asked for: plugins' commands are looked for only where it is none of kdx's own, and no other of
 *   them is loaded. Without it all are.
 */
export async function program(used?: string, project = process.cwd()): Promise<Command> {
  setPluginHost(guardLoading);
  const own = OWN_COMMANDS.map((make) => make());
  const names = own.map((command) => command.name());
  const brought =
    used !== undefined && names.includes(used) ? [] : await broughtCommands(project, names, used);
  return commandLine([...own, ...brought]);
}

async function broughtCommands(
  project: string,
  taken: readonly string[],
  used: string | undefined,
): Promise<Command[]> {
  const { commands, warnings } = await findCommands(project, taken);
  for (const warning of warnings) warnOnStderr(warning);
  return Promise.all(
    commands.map((command) =>
      used === undefined || used === command.name
        ? makeCommand(command)
        : new Command(command.name).summary(command.summary),
    ),
  );
}

const OWN_COMMANDS: readonly (() => Command)[] = [
  runCommand,
  explainCommand,
  checkCommand,
  benchCommand,
  reportCommand,
  uiCommand,
  configCommand,
  recipesCommand,
  evalCommand,
  attentionCommand,
  modelsCommand,
  pluginsCommand,
  pluginCommand,
  dataCommand,
  doctorCommand,
  backendCommand,
];
