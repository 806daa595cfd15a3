import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadConfig } from './load-config.js';

test('a TypeScript config is run where Node can, and refused with the remedy where it cannot', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-config-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'kdx.config.ts');
  writeFileSync(file, "const student: string = 'tiny';\nexport default { student };\n");
  if ('typescript' in process.features && process.features.typescript) {
    t.deepEqual(await loadConfig(file), { student: 'tiny' });
    return;
  }
  await t.throwsAsync(loadConfig(file), {
    code: 'KDX_CONFIG',
    message:
      /kdx\.config\.ts is TypeScript, which Node \S+ cannot run; write it as \.mjs, \.yaml or \.json, or use/,
  });
});
