import type { Command } from 'commander';
import { outline } from './command-line.js';
import { guardProcess, untilFault } from './process/guard.js';
import { fail } from './terminal/fail.js';
import { endBySignals } from './terminal/interrupt.js';
import { leave } from './terminal/leave.js';
import { guardOutput } from './terminal/output.js';

guardOutput();
endBySignals();
guardProcess();

/** Commands import TensorFlow.js, for which neither the list of commands nor the version should wait. */
async function commandLineFor(args: readonly string[]): Promise<Command> {
  const top = args.length === 0 || (args.length === 1 && /^(help|-h|--help|-V|--version)$/.test(args[0]));
  if (top) return outline();
  const { program } = await import('./program.js');
  return program(args[0] === 'help' ? args[1] : args[0]);
}

// What a plugin left open must not keep a command that is done.
untilFault(commandLineFor(process.argv.slice(2)).then((command) => command.parseAsync())).then(leave, fail);
