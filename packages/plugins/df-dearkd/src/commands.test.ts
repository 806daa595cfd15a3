import test from 'ava';
import { commands } from './commands.js';
import { dfDearkd } from './index.js';

test('the commands of the door are those of the definition, and load', async (t) => {
  t.is(dfDearkd.definition.commands, commands);
  for (const { load } of commands) {
    const { flags, run } = await load();
    t.true(flags.length > 0);
    t.is(typeof run, 'function');
  }
});
