import { KDX_VERSION } from '@kdx/run/version';
import { didYouMean } from '@kdx/tensor/errors';
import { Command, InvalidArgumentError, type Option } from 'commander';
import { COMMAND_SUMMARIES } from './commands/summaries.js';
import { findCommands } from './plugin-commands/find-commands.js';
import { exitNow, ownStdout } from './process/own-process.js';
import { EXIT, EXIT_CODES } from './terminal/fail.js';
import { shorten } from './terminal/help.js';
import { refuseBlank } from './terminal/refuse-blank.js';

/** The command line of kdx as its own help shows it: every command with its summary, none that does anything. */
export async function outline(project = process.cwd()): Promise<Command> {
  const names = COMMAND_SUMMARIES.map(({ name }) => name);
  const { commands } = await findCommands(project, names);
  return commandLine(
    [...COMMAND_SUMMARIES, ...commands].map(({ name, summary, ...command }) => {
      const shown = new Command(name).summary(summary);
      const argument = 'argument' in command ? command.argument : undefined;
      return argument === undefined ? shown : shown.argument(argument);
    }),
  );
}

/** The command line of kdx with these commands. */
export function commandLine(commands: readonly Command[]): Command {
  const kdx = new Command('kdx')
    .description('Knowledge distillation for TypeScript: trains small image models from big ones.')
    .version(KDX_VERSION)
    .addHelpText(
      'after',
      '\nExample:\n  kdx run --student "deit_tiny_patch16_224?img=32&patch=8" --data shapes',
    )
    .helpCommand(false);
  for (const command of commands) kdx.addCommand(command);
  kdx.addCommand(helpCommand(kdx));
  finish(kdx, 'kdx');
  return kdx;
}

/** What all commands have in common: how they look, what they say to wrong usage, and the exit codes of both. */
function finish(command: Command, path: string): void {
  shorten(command);
  command
    .showSuggestionAfterError()
    .showHelpAfterError(
      `(${path} --help shows ${command.commands.length > 0 ? 'the commands' : 'the options and an example'})`,
    )
    .addHelpText('after', EXIT_CODES)
    // What was meant stands beside what was typed: two lines in all.
    .configureOutput({
      writeOut: (text) => void ownStdout.write(text),
      outputError: (text, write) => write(reworded(text, command)),
    })
    // Wrong usage is told apart from a failed run by its exit code.
    .exitOverride((error) => exitNow(error.exitCode === 0 ? 0 : EXIT.usage));
  for (const option of command.options) suggestChoice(option);
  refuseBlank(command);
  requireLast(command);
  for (const sub of command.commands) finish(sub as Command, `${path} ${sub.name()}`);
}

/** commander takes a mistyped subcommand for an argument too many where a command does something by itself. */
function reworded(text: string, { commands, args }: Command): string {
  if (commands.length === 0 || !text.startsWith('error: too many arguments'))
    return text.replace('\n(Did', ' (Did');
  const names = commands.map((sub) => sub.name());
  return `error: unknown command '${args[0]}'.${didYouMean(args[0], names)}\n`;
}

/** commander asks for what is required before it looks at what is mistyped; this asks after it. */
function requireLast(command: Command): void {
  const required = command.options.filter(({ mandatory }) => mandatory);
  if (required.length === 0) return;
  for (const option of required) option.mandatory = false;
  command.hook('preAction', () => {
    const missing = required.find((option) => command.getOptionValue(option.attributeName()) === undefined);
    if (missing) command.error(`error: required option '${missing.flags}' not specified`);
  });
}

/** commander lists the choices; this adds the one that was meant. */
function suggestChoice(option: Option): void {
  const { argChoices, parseArg } = option;
  if (argChoices === undefined || parseArg === undefined) return;
  option.parseArg = <T>(value: string, previous: T): T => {
    if (argChoices.includes(value)) return parseArg.call(option, value, previous) as T;
    throw new InvalidArgumentError(
      `Allowed choices are ${argChoices.join(', ')}.${didYouMean(value, argChoices)}`,
    );
  };
}

/** commander's own answers an unknown name with the whole help. */
const helpCommand = (kdx: Command): Command =>
  new Command('help')
    .description('Shows the help of a command.')
    .argument('[command]', 'its name')
    .addHelpText('after', '\nExample:\n  kdx help run')
    .action((name: string | undefined) => {
      const found = name === undefined ? kdx : kdx.commands.find((command) => command.name() === name);
      if (found) found.help();
      const names = kdx.commands.map((command) => command.name());
      kdx.error(`error: unknown command '${name}'.${didYouMean(name ?? '', names)}`);
    });
