import test from 'ava';
import { outline } from '../command-line.js';
import { program } from '../program.js';

test('the quick help is the help of the commands themselves', async (t) => {
  const quick = (await outline()).helpInformation();
  t.is(quick, (await program()).helpInformation());
  t.true(quick.includes('\n  synth '), 'a command without arguments');
});
