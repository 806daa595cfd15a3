import { BACKEND_NAMES, backends } from '@kdx/run/parts';
import test from 'ava';
import { program } from '../program.js';

test('the names --backend takes are those of the back ends there are, and auto', async (t) => {
  t.deepEqual([...BACKEND_NAMES].sort(), ['auto', ...backends().map(({ name }) => name)].sort());
  for (const command of ['run', 'explain', 'eval', 'attention']) {
    const option = (await program()).commands
      .find((candidate) => candidate.name() === command)
      ?.options.find(({ long }) => long === '--backend');
    t.deepEqual(option?.argChoices, [...BACKEND_NAMES], command);
  }
});
