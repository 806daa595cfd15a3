import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { claimFolder, claimNewFolder } from './claim-folder.js';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'kdx-claim-')), 'run');

test('a folder that is claimed is refused to the next, before anything in it is touched', async (t) => {
  const directory = fresh();
  const { store, abandon } = await claimFolder(directory, false);
  store.writeJson('config.json', {});
  const half = join(directory, 'checkpoints', 'last.safetensors.tmp-1-0a1b2c3d');
  const mine = join(directory, 'notes.tmp-2024');
  writeFileSync(half, 'a checkpoint that is being written');
  writeFileSync(mine, 'of the user');
  await t.throwsAsync(claimFolder(directory, true), {
    code: 'KDX_RUN_BUSY',
    message: new RegExp(`\\(its lock is ${join(directory, 'run.lock')}\\); wait for it`),
  });
  t.true(existsSync(half));
  abandon();
  (await claimFolder(directory, true)).abandon();
  t.false(existsSync(half), 'its writer is gone, so it is cleaned up');
  t.true(existsSync(mine), 'what kdx did not write stays');
});

test('two new runs cannot begin in one folder', async (t) => {
  const directory = fresh();
  const first = await claimFolder(directory, false);
  await t.throwsAsync(claimFolder(directory, false), { code: 'KDX_RUN_BUSY' });
  first.store.writeJson('config.json', {});
  first.abandon();
  await t.throwsAsync(claimFolder(directory, false), { code: 'KDX_RUN_EXISTS' });
  t.deepEqual(readdirSync(directory).sort(), ['checkpoints', 'config.json']);
});

test('a folder made for a run that never began goes, and one that was there stays', async (t) => {
  const made = fresh();
  (await claimFolder(made, false)).abandon();
  t.false(existsSync(made));
  const there = fresh();
  mkdirSync(there);
  (await claimFolder(there, false)).abandon();
  t.true(existsSync(there));
});

test('runs that want one name at once get folders of their own, numbered', async (t) => {
  const wanted = fresh();
  const claimed = await Promise.all(Array.from({ length: 4 }, () => claimNewFolder(wanted)));
  t.deepEqual(
    claimed.map(({ store }) => store.directory),
    [wanted, `${wanted}-2`, `${wanted}-3`, `${wanted}-4`],
  );
  claimed[1].abandon();
  t.false(existsSync(`${wanted}-2`), 'a folder of a run that never began goes');
  for (const number of [0, 2, 3]) claimed[number].abandon();
});
