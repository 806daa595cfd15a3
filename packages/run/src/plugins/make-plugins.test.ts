import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, type Plugin } from '@kdx/core';
import { resolvePlugins } from '@kdx/core/run';
import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { makePlugins, type PluginEntry } from './make-plugins.js';

const own = definePlugin({
  name: 'own',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: 'a test',
  options: z.strictObject({}),
  setup() {},
});

const SOURCE = `
import { definePlugin } from '${import.meta.resolve('@kdx/core')}';
import { z } from '${import.meta.resolve('zod')}';
export default definePlugin({
  name: 'kd', version: '9.0.0', kdx: '^1.0.0', summary: 'another', options: z.strictObject({}), setup() {},
});`;

function fileOf(t: ExecutionContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-make-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'mine.mjs'), SOURCE);
  return join(folder, 'mine.mjs');
}

test('objects, names, paths and pairs are made in the order they are given, falsy ones left out', async (t) => {
  const file = fileOf(t);
  const given: PluginEntry[] = [own(), false, `deit,${file}`, null, ['kd', { alpha: 0.5 }]];
  const made = await makePlugins(given);
  t.deepEqual(
    made.map(({ plugin, entry, byName, builtIn }) => [
      plugin.definition.name,
      plugin.definition.version === '9.0.0',
      ...entry,
      byName,
      builtIn,
    ]),
    [
      ['own', false, 'own', {}, false, false],
      ['deit', false, 'deit', {}, true, true],
      ['kd', true, file, {}, true, false],
      ['kd', false, 'kd', { alpha: 0.5 }, true, true],
    ],
  );
  t.is(made[2].sha256, createHash('sha256').update(readFileSync(file)).digest('hex'));
  t.deepEqual(
    made.map(({ sha256 }) => sha256 !== undefined),
    [false, false, true, false],
    'a package has its version',
  );
});

test('a plugin knows its file, so that a clash of names can tell', async (t) => {
  const file = fileOf(t);
  const made = await makePlugins(`kd,${file}`);
  const error = t.throws(() => resolvePlugins(made.map(({ plugin }) => plugin)));
  t.is((error as { code?: string }).code, 'KDX_PLUGIN_CLASH');
  t.true(error.message.includes(`and 9.0.0 (${file}); leave one of them out`));
  t.regex(error.message, /plugin-kd|plugins\/kd/);
});

test('what is no plugin is left to be refused by name', async (t) => {
  const made = await makePlugins([{} as Plugin, own as unknown as Plugin]);
  const error = t.throws(() => resolvePlugins(made.map(({ plugin }) => plugin)));
  t.is((error as { code?: string }).code, 'KDX_PLUGIN_SHAPE');
});

test('what is given twice alike is made once, and options of its own stay', async (t) => {
  const file = fileOf(t);
  const made = await makePlugins(`deit,${file},deit,${file},@kdx/plugin-deit`);
  t.deepEqual(
    made.map(({ plugin }) => plugin.definition.name),
    ['deit', 'kd'],
  );
  const alpha = { alpha: 0.9 };
  for (const given of [
    ['kd', ['kd', alpha]],
    [['kd', alpha], 'kd'],
  ] as PluginEntry[][]) {
    const [one, ...more] = await makePlugins(given);
    t.deepEqual([one.entry, one.plugin.hasOwnOptions, more], [['kd', alpha], true, []]);
  }
  t.is((await makePlugins(['kd', ['kd', { alpha: 0.5 }]])).length, 2, 'different options are refused later');
});
