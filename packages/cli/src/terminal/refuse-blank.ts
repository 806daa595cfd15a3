import type { Command } from 'commander';
import { kdxError } from '../errors.js';

/** Where nothing at all is a value: no methods. */
const MAY_BE_BLANK = ['--plugins'];

/**
 * Makes a command refuse every blank value. A shell passes one for a variable that is not set, and an empty path means the
 * working folder to some functions of Node.
 */
export function refuseBlank(command: Command): void {
  for (const option of command.options) {
    const { parseArg } = option;
    if ((!option.required && !option.optional) || MAY_BE_BLANK.includes(option.long ?? '')) continue;
    option.parseArg = <T>(value: string, previous: T): T => {
      check(value, option.flags);
      return parseArg ? (parseArg.call(option, value, previous) as T) : (value as T);
    };
  }
  for (const argument of command.registeredArguments) {
    const { parseArg } = argument;
    argument.parseArg = <T>(value: string, previous: T): T => {
      check(value, `the argument ${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}`);
      if (parseArg) return parseArg.call(argument, value, previous) as T;
      // commander leaves it to the parser of a variadic argument to collect.
      return (argument.variadic ? [...((previous as string[] | undefined) ?? []), value] : value) as T;
    };
  }
}

/** @throws KdxError `KDX_CONFIG` */
function check(value: string, name: string): void {
  if (value.trim() !== '') return;
  throw kdxError(
    'KDX_CONFIG',
    `${name} takes a value and got ${JSON.stringify(value)}; is a variable of the shell not set?`,
  );
}
