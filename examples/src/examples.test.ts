import test from 'ava';
import { composeInCode } from './compose-in-code.js';
import { ownPlugin } from './own-plugin.js';
import { testBackend } from './support/choose-backend.js';

const backend = testBackend();

test.serial(
  `a student distilled in code is closer to its teacher than one trained alone (${backend})`,
  async (t) => {
    const { plain, distilled } = await composeInCode(undefined, backend);
    t.true(distilled < plain, `distilled ${distilled}, plain ${plain}`);
  },
);

test.serial(
  `a plugin of one's own learns its hint and leaves nothing in the exported student (${backend})`,
  async (t) => {
    const { first, last, exported } = await ownPlugin(undefined, backend);
    t.true(last < first / 2, `first ${first}, last ${last}`);
    t.true(exported.includes('fc.weight'));
    t.deepEqual(
      exported.filter((name) => name.includes('regressor')),
      [],
    );
  },
);
