import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { findPlugin, packageMeant } from './find-plugin.js';
import { listPlugins } from './list-plugins.js';
import { loadPlugins } from './load-plugin.js';
import { manifest, packaged, project, source } from './project.test.helper.js';

for (const [kind, entry] of Object.entries({
  exports: { exports: './lib/wave.mjs' },
  'an import condition': { exports: { '.': { import: './lib/wave.mjs' } } },
  main: { main: 'lib/wave.mjs' },
})) {
  test(`a package's folder is loaded as the package would be, by ${kind}`, async (t) => {
    const folder = project(t, {
      'mine/package.json': manifest('kdx-plugin-wave', entry),
      'mine/lib/wave.mjs': source('wave'),
    });
    for (const name of ['./mine', './mine/', join(folder, 'mine')]) {
      const [{ plugin, file }] = await loadPlugins([{ name, options: {} }], folder);
      t.is(plugin.definition.name, 'wave');
      t.is(file, join(folder, 'mine/lib/wave.mjs'));
    }
  });
}

test('the base task goes by its name, though its package is a task', async (t) => {
  const folder = project(t, {});
  for (const name of ['classification', '@kdx/task-classification']) {
    const [{ plugin }] = await loadPlugins([{ name, options: {} }], folder);
    t.is(plugin.definition.name, 'classification');
    t.true(findPlugin(name, folder).builtIn);
  }
});

test('a source that is newer than its build is told', (t) => {
  const folder = project(t, {
    'mine/package.json': manifest('kdx-plugin-wave', { exports: './dist/index.mjs' }),
    'mine/dist/index.mjs': source('wave'),
    'mine/src/index.ts': '',
    'mine/src/loss.ts': '',
    'mine/src/loss.test.ts': '',
  });
  const at = (file: string, seconds: number): void =>
    utimesSync(join(folder, 'mine', file), seconds, seconds);
  at('dist/index.mjs', 1000);
  at('src/index.ts', 999);
  at('src/loss.ts', 999);
  t.is(findPlugin('./mine', folder).changed, undefined);
  at('src/loss.ts', 1001);
  t.is(findPlugin('./mine', folder).changed, join('src', 'loss.ts'));
});

test('a folder without an entry asks for a file', (t) => {
  const folder = project(t, {
    'bare/wave.mjs': source('wave'),
    'hidden/package.json': manifest('kdx-plugin-hidden', { exports: { './inner': './x.mjs' } }),
  });
  for (const [name, why] of [
    ['bare', /it has no package\.json/],
    ['hidden', /exports/],
  ] as const) {
    const { message } = t.throws(() => findPlugin(`./${name}`, folder), { code: 'KDX_PLUGIN_LOAD' });
    t.regex(message, why);
    t.true(message.startsWith(`The folder ${join(folder, name)} has no entry that can be loaded (`));
    t.true(message.endsWith(`; name the plugin's file in it, as in ${join(folder, name, 'index.js')}.`));
  }
});

test('what cannot be a name of a package is said to be none', (t) => {
  for (const name of ['@me/', '@/wave', 'a:b', '@me/a/b', 'two words']) {
    const { message } = t.throws(() => findPlugin(name, project(t, {})), { code: 'KDX_PLUGIN_UNKNOWN' });
    t.true(message.startsWith(`"${name}" is no name of a plugin; `), message);
  }
});

test('an installed folder that is empty is to be installed again', (t) => {
  const folder = project(t, { 'node_modules/kdx-plugin-wave/x.txt': '' });
  const { message } = t.throws(() => findPlugin('wave', folder), { code: 'KDX_PLUGIN_LOAD' });
  t.is(
    message,
    `The package kdx-plugin-wave has no package.json in ${join(folder, 'node_modules/kdx-plugin-wave')}; install it again.`,
  );
});

test('of two packages with one short name each is listed under a name that takes it', async (t) => {
  const ours = { ...packaged('kdx-plugin-kd', source('kd')), ...packaged('kdx-plugin-wave', source('wave')) };
  const listed = async (folder: string) => {
    const { plugins } = await listPlugins(folder);
    for (const { request, file } of plugins) t.is(findPlugin(request, folder).file, file);
    const some = plugins.filter(({ name }) => ['deit', 'kd', 'wave'].includes(name));
    return some.map(({ request, builtIn }) => `${request} ${builtIn}`);
  };
  // kdx is not installed in this project, so the project's own comes first.
  const alone = project(t, ours);
  t.is(packageMeant('kd', alone), 'kdx-plugin-kd');
  t.deepEqual(await listed(alone), ['deit true', '@kdx/plugin-kd true', 'kd false', 'wave false']);
  const both = project(t, { ...ours, ...packaged('@kdx/plugin-kd', source('kd')) });
  t.is(packageMeant('kd', both), '@kdx/plugin-kd');
  t.deepEqual(await listed(both), ['deit true', 'kd false', 'kdx-plugin-kd false', 'wave false']);
});

test('a broken package that another one stands before is called by its own name', async (t) => {
  const folder = project(t, {
    ...packaged('kdx-plugin-kd', 'throw new Error("no moon")'),
    ...packaged('@kdx/plugin-kd', source('kd')),
  });
  const { broken } = await listPlugins(folder);
  t.deepEqual(
    broken.map(({ request }) => request),
    ['kdx-plugin-kd'],
  );
});
