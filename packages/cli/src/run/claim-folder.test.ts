import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { claimFolder } from './claim-folder.js';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'kdx-claim-')), 'run');

test('a folder that is claimed is refused to the next, before anything in it is touched', (t) => {
  const directory = fresh();
  const { store, abandon } = claimFolder(directory, false);
  store.writeJson('config.json', {});
  const half = join(directory, 'checkpoints', 'last.safetensors.tmp-1-1');
  writeFileSync(half, 'a checkpoint that is being written');
  t.throws(() => claimFolder(directory, true), { code: 'KDX_RUN_BUSY' });
  t.true(existsSync(half));
  abandon();
  claimFolder(directory, true).abandon();
  t.false(existsSync(half), 'its writer is gone, so it is cleaned up');
});

test('two new runs cannot begin in one folder', (t) => {
  const directory = fresh();
  const first = claimFolder(directory, false);
  t.throws(() => claimFolder(directory, false), { code: 'KDX_RUN_BUSY' });
  first.store.writeJson('config.json', {});
  first.abandon();
  t.throws(() => claimFolder(directory, false), { code: 'KDX_RUN_EXISTS' });
  t.deepEqual(readdirSync(directory).sort(), ['checkpoints', 'config.json']);
});

test('a folder made for a run that never began goes, and one that was there stays', (t) => {
  const made = fresh();
  claimFolder(made, false).abandon();
  t.false(existsSync(made));
  const there = fresh();
  mkdirSync(there);
  claimFolder(there, false).abandon();
  t.true(existsSync(there));
});
