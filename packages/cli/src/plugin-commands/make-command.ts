import type { CommandDefinition, CommandFlag } from '@kdx/core';
import { BACKEND_NAMES, PRECISIONS } from '@kdx/run/parts';
import { Command, Option } from 'commander';
import { pluginsOption } from '../commands/measure-flags.js';
import { probabilityFor, threadsFor, wholeFor } from '../commands/options.js';
import { withHelpAll } from '../terminal/help.js';
import { COMMAND_HOST } from './command-host.js';
import type { FoundCommand } from './find-commands.js';

/** A plugin's command as commander runs it. */
export async function makeCommand({ name, summary, plugin, builtIn, load }: FoundCommand): Promise<Command> {
  const definition = await load();
  const command = new Command(name).description(definition.description).summary(summary);
  for (const flag of definition.flags) command.addOption(optionOf(flag));
  for (const shared of definition.shared ?? [])
    for (const option of SHARED[shared]()) command.addOption(option);
  const origin = builtIn ? '' : `\nThis command comes with the plugin ${plugin}.`;
  command.addHelpText('after', `${definition.example}${origin}`);
  const seldom = definition.seldom ?? [];
  const whole =
    seldom.length > 0 || definition.notes !== undefined
      ? withHelpAll(command, { flags: seldom, notes: definition.notes })
      : command;
  return whole.action((flags: unknown) => definition.run(flags as never, COMMAND_HOST));
}

function optionOf(flag: CommandFlag): Option {
  const option = new Option(flag.flags, flag.description);
  if (flag.required) option.makeOptionMandatory();
  if (flag.default !== undefined) option.default(flag.default);
  const parse = parserOf(option.long ?? flag.flags, flag);
  if (flag.choices) option.choices([...flag.choices]);
  else if (parse) option.argParser(parse);
  return flag.repeatable ? collecting(option) : option;
}

/** The values of a flag that may be given several times, each read as one alone is. */
function collecting(option: Option): Option {
  const { parseArg } = option;
  const read = (text: string): unknown => (parseArg ? parseArg.call(option, text, undefined) : text);
  return option.argParser((text, before: readonly unknown[] = []) => [...before, read(text)]);
}

function parserOf(name: string, { takes, parse }: CommandFlag): ((text: string) => unknown) | undefined {
  if (takes?.number === 'probability') return probabilityFor(name);
  if (takes?.number === 'whole') return wholeFor(name, takes.least, takes.most);
  return parse;
}

/** Flags that commands have in common. */
const SHARED: Readonly<Record<NonNullable<CommandDefinition['shared']>[number], () => Option[]>> = {
  plugins: () => [pluginsOption()],
  backend: () => [
    new Option('--backend <name>', 'what computes').choices(BACKEND_NAMES).default('auto'),
    new Option('--device <name>', 'cpu, cuda, cuda:N or auto'),
    new Option('--precision <name>', 'of products and convolutions').choices(PRECISIONS),
    new Option('--threads <n>', 'threads of one kernel, or auto').argParser(threadsFor('--threads')),
  ],
  json: () => [new Option('--json', 'for programs, one JSON object per line')],
};
