import { join } from 'node:path';
import { setPluginHost } from '@kdx/run';
import { listPlugins } from '@kdx/run/parts';
import test from 'ava';
import { importPlugin } from '../../../run/dist/plugins/import-plugin.js';
import { packaged, project, source } from '../../../run/dist/plugins/project.test.helper.js';
import { guardLoading } from './loading.js';

test.before(() => setPluginHost(guardLoading));

test.serial('plugins that load at the same time give stdout and process.exit back', async (t) => {
  const { exit } = process;
  const { write } = process.stdout;
  const after = (ms: number) => `await new Promise((done) => setTimeout(done, ${ms}));\n${source('wave')}`;
  const folder = project(t, { 'first.mjs': after(20), 'second.mjs': after(80) });
  const both = ['first', 'second'].map((name) => importPlugin(name, join(folder, `${name}.mjs`)));
  await both[0];
  t.not(process.exit, exit, 'one still loads');
  await both[1];
  t.is(process.exit, exit);
  t.is(process.stdout.write, write);
});

test.serial('a plugin that prints and ends the process while it loads does neither', async (t) => {
  const folder = project(t, {
    ...packaged('kdx-plugin-leaves', 'console.log("bye"); process.exit(0)'),
    ...packaged('kdx-plugin-wave', source('wave')),
  });
  const { write } = process.stdout;
  const printed: unknown[] = [];
  process.stdout.write = ((text: unknown) => printed.push(text) > 0) as typeof write;
  const { plugins, broken } = await listPlugins(folder).finally(() => {
    process.stdout.write = write;
  });
  t.deepEqual(printed, [], 'what a plugin prints while it loads is not in the list');
  t.true(plugins.some(({ name }) => name === 'wave'));
  t.deepEqual(
    broken.map(({ request, version, error }) => [request, version, error.code]),
    [['leaves', '1.0.0', 'KDX_PLUGIN_LOAD']],
  );
});
