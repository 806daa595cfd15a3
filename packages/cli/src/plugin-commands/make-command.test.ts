import type { CommandFlag } from '@kdx/core';
import test from 'ava';
import { makeCommand } from './make-command.js';

/** Values of the flags that a command with one flag was given. */
async function given(flag: CommandFlag, ...args: string[]): Promise<unknown> {
  let values: unknown;
  const command = await makeCommand({
    name: 'count',
    summary: 'Counts.',
    plugin: 'counts',
    builtIn: false,
    load: async () => ({
      description: 'Counts.',
      flags: [flag],
      example: '',
      run: async (flags) => {
        values = flags;
      },
    }),
  });
  await command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(args, { from: 'user' });
  return values;
}

const whole = { number: 'whole', least: 1, most: 9 } as const;

test('each value of a repeatable flag is read and checked as one alone is', async (t) => {
  const flag: CommandFlag = { flags: '--n <n>', description: 'n', takes: whole, repeatable: true };
  t.deepEqual(await given(flag, '--n', '1', '--n', '9'), { n: [1, 9] });
  await t.throwsAsync(given(flag, '--n', '1', '--n', '10'), {
    code: 'KDX_CONFIG',
    message: '--n takes a whole number from 1 to 9 and got 10.',
  });
  t.deepEqual(
    await given({ flags: '--set <x>', description: 'x', repeatable: true }, '--set', 'a', '--set', 'b'),
    {
      set: ['a', 'b'],
    },
  );
  const parsed = { flags: '--x <x>', description: 'x', repeatable: true, parse: (x: string) => x.length };
  t.deepEqual(await given(parsed, '--x', 'abc'), { x: [3] });
});

test('choices hold for a flag that is given once and for one that is repeated', async (t) => {
  for (const repeatable of [false, true]) {
    const flag = { flags: '--kind <k>', description: 'kind', choices: ['a', 'b'], repeatable };
    t.deepEqual(await given(flag, '--kind', 'a'), { kind: repeatable ? ['a'] : 'a' });
    await t.throwsAsync(given(flag, '--kind', 'c'), { code: 'commander.invalidArgument' });
  }
});
