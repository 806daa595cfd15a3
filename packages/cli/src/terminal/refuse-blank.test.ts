import test from 'ava';
import { Command } from 'commander';
import { program } from '../program.js';
import { refuseBlank } from './refuse-blank.js';

interface Parsed {
  readonly flags: Record<string, unknown>;
  readonly args: readonly unknown[];
}

function parse(...args: string[]): Parsed {
  let parsed: Parsed | undefined;
  const command = new Command('x')
    .argument('[file]')
    .argument('[more...]')
    .option('--out <dir>')
    .option('--cache [dir]')
    .option('--plugins <list>')
    .option('--json')
    .option('--set <pair>', 'repeatable', (value: string, before: string[] = []) => [...before, value])
    .action((file: unknown, more: unknown, flags: Record<string, unknown>) => {
      parsed = { flags, args: [file, more] };
    });
  refuseBlank(command);
  command.parse(['node', 'x', ...args]);
  return parsed as unknown as Parsed;
}

test('values go through as they did', (t) => {
  t.deepEqual(parse('f', 'a', 'b', '--out', 'o', '--cache', '--json', '--set', 'a=1', '--set', 'b=2'), {
    flags: { out: 'o', cache: true, json: true, set: ['a=1', 'b=2'] },
    args: ['f', ['a', 'b']],
  });
  t.deepEqual(parse('--plugins', ''), { flags: { plugins: '' }, args: [undefined, []] });
});

for (const args of [
  ['--out', ''],
  ['--out', ' \t'],
  ['--cache', ''],
  ['--set', ''],
  [''],
  ['f', ' '],
  ['f', 'a', ''],
]) {
  test(`a blank value is refused: ${JSON.stringify(args)}`, (t) => {
    const error = t.throws(() => parse(...args), { code: 'KDX_CONFIG' });
    t.true(error.message.includes(args.length > 1 && args[0].startsWith('-') ? args[0] : 'argument'));
  });
}

test('every flag and argument of every command refuses a blank, but for --plugins', async (t) => {
  const visit = (command: Command): void => {
    for (const option of command.options) {
      if ((!option.required && !option.optional) || option.long === '--plugins') continue;
      t.throws(
        () => option.parseArg?.('', undefined),
        { code: 'KDX_CONFIG' },
        `${command.name()} ${option.flags}`,
      );
    }
    for (const argument of command.registeredArguments) {
      t.throws(
        () => argument.parseArg?.(' ', undefined),
        { code: 'KDX_CONFIG' },
        `${command.name()} ${argument.name()}`,
      );
    }
    for (const sub of command.commands) visit(sub as Command);
  };
  visit(await program());
});
