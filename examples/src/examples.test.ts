import test from 'ava';
import { composeInCode } from './compose-in-code.js';
import { ownPlugin } from './own-plugin.js';

test.serial('a student distilled in code is closer to its teacher than one trained alone', async (t) => {
  const { plain, distilled } = await composeInCode();
  t.true(distilled < plain, `distilled ${distilled}, plain ${plain}`);
});

test.serial("a plugin of one's own learns its hint and leaves nothing in the exported student", async (t) => {
  const { first, last, exported } = await ownPlugin();
  t.true(last < first / 2, `first ${first}, last ${last}`);
  t.true(exported.includes('fc.weight'));
  t.deepEqual(
    exported.filter((name) => name.includes('regressor')),
    [],
  );
});
