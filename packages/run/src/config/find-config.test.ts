import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findConfig } from './find-config.js';

function folderWith(t: ExecutionContext, ...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-config-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
}

test('a folder has its kdx.config.* or none', (t) => {
  t.is(findConfig(folderWith(t, 'kdx.json', 'config.yaml')), undefined);
  for (const name of ['kdx.config.ts', 'kdx.config.mjs', 'kdx.config.yaml', 'kdx.config.json']) {
    const folder = folderWith(t, name, 'other.json');
    t.is(findConfig(folder), join(folder, name));
  }
});

test('of two none is guessed', (t) => {
  t.throws(() => findConfig(folderWith(t, 'kdx.config.json', 'kdx.config.mjs')), {
    code: 'KDX_CONFIG',
    message: /more than one .*kdx\.config\.mjs, kdx\.config\.json.*"kdx run kdx\.config\.mjs"/,
  });
});
