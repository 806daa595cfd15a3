import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';

export const CORE = import.meta.resolve('@kdx/core');
/** A plugin's file. */
export const source = (name: string, { kdx = '^1.0.0', version = '1.0.0' } = {}): string => `
import { definePlugin } from '${CORE}';
import { z } from '${import.meta.resolve('zod')}';
export default definePlugin({
  name: '${name}', version: '${version}', kdx: '${kdx}', summary: 'a test',
  options: z.strictObject({ width: z.number().default(1) }), setup() {},
});`;

/** A user's project with the given files. */
export function project(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-plugins-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A package with one file. */
export const packaged = (name: string, text: string, version = '1.0.0'): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: manifest(name, { version, exports: './index.mjs' }),
  [`node_modules/${name}/index.mjs`]: text,
});

export const manifest = (name: string, rest: object): string =>
  JSON.stringify({ name, version: '1.0.0', type: 'module', ...rest });
