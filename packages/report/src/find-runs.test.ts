import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { findRuns, refuseNone } from './find-runs.js';
import { temporaryFolder, writeRun } from './runs.test.helper.js';

test('runs are found in folders of folders, by number, each once', (t) => {
  const root = temporaryFolder(t);
  const runs = ['bench/kd/seed-2', 'bench/kd/seed-10', 'one'].map((name) => writeRun(join(root, name)));
  writeRun(join(root, 'node_modules/a'));
  writeRun(join(root, '.hidden'));
  mkdirSync(join(root, 'model'));
  writeFileSync(join(root, 'model', 'config.json'), '{}');
  symlinkSync(root, join(root, 'bench', 'loop'));
  t.deepEqual(findRuns([root]), runs);
  t.deepEqual(findRuns([runs[2], root, join(root, 'bench')]), [runs[2], runs[0], runs[1]]);
});

test('a folder that is not there, and folders without a run, are refused by name', (t) => {
  const root = temporaryFolder(t);
  t.throws(() => findRuns([join(root, 'no')]), { code: 'KDX_RUN_MISSING', message: /no is no folder/ });
  t.deepEqual(findRuns([root]), []);
  t.throws(() => refuseNone([], [root]), { code: 'KDX_RUN_MISSING', message: /No run is in/ });
});
