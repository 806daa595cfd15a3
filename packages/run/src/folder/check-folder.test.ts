import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { distill } from '../distill.js';
import { checkFolder } from './check-folder.js';

test('a blank path, a file and the root are no output folders, also in code', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-folder-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const [path, message] of [
    ['', /is empty/],
    [' \t ', /is empty/],
    ['/', /is the root of the disk; name a folder/],
    [`${folder}/../../../../../../..`, /is the root of the disk/],
    [file, /file is a file; name a folder/],
  ] as const) {
    t.throws(() => checkFolder(path), { code: 'KDX_CONFIG', message });
    await t.throwsAsync(
      distill({ student: 'convnet?width=2&stages=1', data: 'shapes?train=8', epochs: 1, out: path }),
      {
        code: 'KDX_CONFIG',
        message,
      },
    );
  }
  for (const path of [folder, join(folder, 'new'), '.', 'runs/x']) t.notThrows(() => checkFolder(path));
});
