import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import { readJson } from '../support/run-folder.js';

// A run is one program from its first step to its last: a file that a plugin imports counts as much as the plugin's own.

const CORE = fileURLToPath(import.meta.resolve('@kdx/core'));
const ZOD = fileURLToPath(import.meta.resolve('zod'));
const RUN = [
  ...['--student', 'convnet?width=2&stages=1', '--data', 'shapes?classes=3&train=16&validation=0&test=8'],
  ...['--epochs', '1', '--batch', '16', '--backend', 'wasm', '--threads', '1'],
];

test('a changed helper of a plugin keeps a finished comparison and a resume from going on, and is named', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(
    join(cwd, 'odd.mjs'),
    `import { definePlugin } from ${JSON.stringify(CORE)};
     import { z } from ${JSON.stringify(ZOD)};
     import { said } from './helper.mjs';
     export default definePlugin({ name: 'odd', version: '1.0.0', kdx: '^1.0.0', summary: 'odd', options: z.strictObject({}),
       setup: (ctx) => ctx.log(said) });`,
  );
  const helper = (text: string): void =>
    writeFileSync(join(cwd, 'helper.mjs'), `export const said = '${text}';\n`);
  helper('first');
  const bench = ['bench', ...RUN, '--arm', 'odd=./odd.mjs', '--seeds', '0', '--out', 'b'];
  await kdxOk(bench, { cwd });
  const run = 'b/runs/odd/seed-0';
  const { pinned } = readJson<{ pinned: { code: Record<string, string> } }>(cwd, run, 'config.json');
  const parts = Object.keys(pinned.code).filter((part) => part.startsWith('odd: '));
  t.deepEqual(parts, ['odd: @kdx/core', 'odd: helper.mjs', 'odd: odd.mjs', 'odd: zod']);
  t.true(Object.keys(pinned.code).includes('classification: index.js'), 'built-in plugins too');

  helper('second');
  const refused = await kdx(bench, { cwd });
  t.is(refused.code, 2);
  t.regex(
    refused.stderr,
    /KDX_BENCH_CHANGED .*seed-0 was begun with another helper\.mjs of plugin "odd"; give the changed comparison another --out, or delete that folder/,
  );
  const resumed = await kdx(['run', '--resume', run], { cwd });
  t.is(resumed.code, 2);
  t.regex(
    resumed.stderr,
    /KDX_RESUME_MISMATCH .*another helper\.mjs of plugin "odd".*restore that, or start a new run/,
  );
});
