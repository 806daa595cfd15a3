import type { Command } from 'commander';

export interface ListFlags {
  readonly json?: boolean;
}

/** A command that lists something, to people or, with `--json`, to programs. */
export const withJson = (command: Command, example: string): Command =>
  command.option('--json', 'machine-readable output').addHelpText('after', `\nExample:\n  ${example}`);
