import { type Argument, type Command, Help, type Option } from 'commander';
import { wrapped } from './layout.js';

/** Columns of a help text where nothing tells how wide the terminal is. */
const WIDTH = 80;

export interface LongHelp {
  /** Flags that `--help` leaves out, by their long names: `--device`. */
  readonly flags: readonly string[];
  /** What `--help-all` says below the options. */
  readonly notes?: string;
}

/** Keeps a long help to a screen: the less common flags, and lists of keys, are in `--help-all` alone. */
export function withHelpAll(command: Command, { flags, notes }: LongHelp): Command {
  let all = false;
  let printing = false;
  return (
    command
      .option('--help-all', 'all options and settings')
      .configureHelp({
        formatHelp(shown, helper) {
          printing = true;
          const text = Help.prototype.formatHelp.call(this, shown, helper);
          printing = false;
          return text;
        },
        // commander also asks for them when it looks for what an unknown flag was meant to be: then all count.
        visibleOptions(shown) {
          const options = Help.prototype.visibleOptions.call(this, shown);
          return all || !printing ? options : options.filter(({ long }) => !flags.includes(long ?? ''));
        },
      })
      .addHelpText('after', () =>
        all && notes !== undefined
          ? `\n${wrapped(notes, { first: '', rest: '  ', width: WIDTH }).join('\n')}`
          : '',
      )
      // An event, not an action: it is to help although required options lack.
      .on('option:help-all', () => {
        all = true;
        command.help();
      })
  );
}

/** The help of every command: subcommands without the word [options], choices and defaults in few characters. */
export function shorten(command: Command): void {
  command.configureHelp({
    ...command.configureHelp(),
    subcommandTerm: (sub) => [sub.name(), ...sub.registeredArguments.map(termOf)].join(' '),
    optionDescription: describe,
  });
}

const termOf = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

function describe({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const preset = defaultValueDescription ?? (typeof defaultValue === 'boolean' ? undefined : defaultValue);
  return [
    [description, argChoices?.join(', ')].filter(Boolean).join(': '),
    preset === undefined ? '' : `(default ${preset})`,
  ]
    .filter(Boolean)
    .join(' ');
}
