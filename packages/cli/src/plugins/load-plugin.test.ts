import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { isPluginPath, loadPlugin } from './load-plugin.js';

const CORE = new URL(import.meta.resolve('@kdx/core')).href;
const source = (name: string): string => `
import { definePlugin } from '${CORE}';
import { z } from '${import.meta.resolve('zod')}';
export default definePlugin({
  name: '${name}', version: '1.0.0', kdx: '^1.0.0', summary: 'a test',
  options: z.strictObject({ width: z.number().default(1) }), setup() {},
});`;

/** A user's project with the given files. */
function project(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-plugins-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const nameOf = async (name: string, folder: string): Promise<string> =>
  (await loadPlugin({ name, options: {} }, folder)).plugin.definition.name;

const manifest = (name: string, rest: object): string =>
  JSON.stringify({ name, version: '1.0.0', type: 'module', ...rest });

for (const [kind, entry] of Object.entries({
  'the import condition alone': { exports: { '.': { import: './index.mjs' } } },
  'an import condition with types inside': {
    exports: { import: { types: './index.d.ts', default: './index.mjs' } },
  },
  'a default condition': { exports: { '.': { default: './index.mjs' } } },
  'a bare path': { exports: './index.mjs' },
  main: { main: 'index.mjs' },
})) {
  test(`a package with ${kind} loads by name`, async (t) => {
    const folder = project(t, {
      'node_modules/kdx-plugin-wave/package.json': manifest('kdx-plugin-wave', entry),
      'node_modules/kdx-plugin-wave/index.mjs': source('wave'),
    });
    t.is(await nameOf('wave', folder), 'wave');
    t.is(await nameOf('kdx-plugin-wave', folder), 'wave');
    const { file } = await loadPlugin({ name: 'wave', options: {} }, folder);
    t.is(file, join(folder, 'node_modules/kdx-plugin-wave/index.mjs'));
  });
}

test('a scoped package loads by its name', async (t) => {
  const folder = project(t, {
    'node_modules/@me/plugin-wave/package.json': manifest('@me/plugin-wave', {
      exports: { import: './index.mjs' },
    }),
    'node_modules/@me/plugin-wave/index.mjs': source('wave'),
  });
  t.is(await nameOf('@me/plugin-wave', folder), 'wave');
});

test('a package that is there and broken is not passed over', async (t) => {
  for (const [entry, said] of [
    [{ exports: { './other': './index.mjs' } }, /kdx-plugin-wave has no entry.*"exports"/],
    [{ exports: './gone.mjs' }, /wave.* cannot be loaded: .*gone\.mjs/],
    [{ main: 'gone.mjs' }, /kdx-plugin-wave has no entry/],
  ] as const) {
    const folder = project(t, {
      'node_modules/kdx-plugin-wave/package.json': manifest('kdx-plugin-wave', entry),
      'node_modules/kdx-plugin-wave/other.mjs': source('wave'),
    });
    await t.throwsAsync(nameOf('wave', folder), { code: 'KDX_PLUGIN_LOAD', message: said });
  }
});

test('a package whose own import is missing says so', async (t) => {
  const folder = project(t, {
    'node_modules/kdx-plugin-wave/package.json': manifest('kdx-plugin-wave', { exports: './index.mjs' }),
    'node_modules/kdx-plugin-wave/index.mjs': "import 'kdx-nowhere';",
  });
  await t.throwsAsync(nameOf('wave', folder), { code: 'KDX_PLUGIN_LOAD', message: /kdx-nowhere/ });
});

test('a file loads by its path, with ./ or without', async (t) => {
  const folder = project(t, { 'pl/x.mjs': source('wave'), 'y.mjs': source('tide') });
  t.is(await nameOf('./pl/x.mjs', folder), 'wave');
  t.is(await nameOf('pl/x.mjs', folder), 'wave');
  t.is(await nameOf('y.mjs', folder), 'tide');
  t.is(await nameOf(join(folder, 'y.mjs'), folder), 'tide');
  await t.throwsAsync(nameOf('pl/z.mjs', folder), { code: 'KDX_PLUGIN_UNKNOWN', message: /pl\/z\.mjs/ });
  t.deepEqual(['deit', '@me/plugin-x', 'kdx-plugin-x', './x', 'pl/x'].map(isPluginPath), [
    false,
    false,
    false,
    true,
    true,
  ]);
});

test('what comes with kdx loads from any folder', async (t) => {
  t.is(await nameOf('deit', project(t, {})), 'deit');
});

test('an unknown name gets the one that was meant', async (t) => {
  await t.throwsAsync(nameOf('diet', fileURLToPath(new URL('.', import.meta.url))), {
    code: 'KDX_PLUGIN_UNKNOWN',
    message: /Did you mean "deit"\?/,
  });
});
