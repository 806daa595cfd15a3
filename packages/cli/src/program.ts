import { Command } from 'commander';
import { attentionCommand } from './commands/attention.js';
import { backendCommand } from './commands/backend.js';
import { benchCommand } from './commands/bench.js';
import { checkCommand } from './commands/check.js';
import { configCommand } from './commands/config.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { explainCommand } from './commands/explain.js';
import { dataCommand, modelsCommand } from './commands/list.js';
import { pluginsCommand } from './commands/plugins.js';
import { recipesCommand } from './commands/recipes.js';
import { reportCommand } from './commands/report.js';
import { runCommand } from './commands/run.js';
import { synthCommand } from './commands/synth.js';
import { uiCommand } from './commands/ui.js';
import { KDX_VERSION } from './run/record.js';
import { EXIT } from './terminal/fail.js';

/** The command line of kdx. */
export function program(): Command {
  const kdx = new Command('kdx')
    .description('Knowledge distillation for TypeScript: trains small image models from big ones.')
    .version(KDX_VERSION)
    .showHelpAfterError('(kdx --help shows the commands)')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExample:\n  kdx run --student "deit_tiny_patch16_224?img=32&patch=8" --data shapes --epochs 5',
    );
  for (const command of [
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
    dataCommand(),
    doctorCommand(),
    backendCommand(),
  ]) {
    kdx.addCommand(command);
  }
  // Wrong usage is told apart from a failed run by its exit code.
  const usage = (command: Command): void => {
    command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));
    for (const sub of command.commands) usage(sub as Command);
  };
  usage(kdx);
  return kdx;
}
