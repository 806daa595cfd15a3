import test from 'ava';
import { outline } from '../command-line.js';
import { program } from '../program.js';

test('the quick help is the help of the commands themselves', (t) => {
  t.is(outline().helpInformation(), program().helpInformation());
  t.true(outline().helpInformation().includes('\n  synth '), 'a command without arguments');
});
