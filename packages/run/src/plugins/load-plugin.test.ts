import { once } from 'node:events';
import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { isPluginPath, packagesOf } from './find-plugin.js';
import { importPlugin } from './import-plugin.js';
import { installedPlugins } from './installed-plugins.js';
import { listPlugins } from './list-plugins.js';
import { loadPlugins, type NamedPlugin } from './load-plugin.js';
import type { PluginRequest } from './parse-plugin-list.js';
import { CORE, manifest, packaged, project, source } from './project.test.helper.js';

const loadPlugin = async (request: PluginRequest, folder: string): Promise<NamedPlugin> =>
  (await loadPlugins([request], folder))[0];
const nameOf = async (name: string, folder: string): Promise<string> =>
  (await loadPlugin({ name, options: {} }, folder)).plugin.definition.name;

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

test('the packages that a name may mean', (t) => {
  t.deepEqual(packagesOf('x'), ['@kdx/plugin-x', 'kdx-plugin-x']);
  t.deepEqual(packagesOf('kdx-plugin-x'), ['kdx-plugin-x']);
  t.deepEqual(packagesOf('@me/x'), ['@me/kdx-plugin-x']);
  t.deepEqual(packagesOf('@me/kdx-plugin-x'), ['@me/kdx-plugin-x']);
  t.deepEqual(packagesOf('@me/plugin-x'), ['@me/plugin-x']);
  t.deepEqual(packagesOf('@kdx/plugin-x'), ['@kdx/plugin-x']);
  t.deepEqual(packagesOf('@kdx/x'), ['@kdx/plugin-x']);
  t.deepEqual(packagesOf('plugin-x'), ['@kdx/plugin-plugin-x', 'kdx-plugin-plugin-x']);
});

test('a package with a scope loads by its short name and in full', async (t) => {
  const folder = project(t, packaged('@me/kdx-plugin-wave', source('wave')));
  t.is(await nameOf('@me/wave', folder), 'wave');
  t.is(await nameOf('@me/kdx-plugin-wave', folder), 'wave');
});

test('the project comes before kdx, and a folder below it sees what is above', async (t) => {
  const folder = project(t, {
    ...packaged('@kdx/plugin-deit', source('deit', { version: '9.0.0' })),
    ...packaged('kdx-plugin-wave', source('wave')),
    'deep/er/x.txt': '',
  });
  const [own, beside] = [
    await loadPlugin({ name: 'deit', options: undefined }, join(folder, 'deep/er')),
    await loadPlugin({ name: 'kd', options: undefined }, join(folder, 'deep/er')),
  ];
  t.is(own.plugin.definition.version, '9.0.0');
  t.is(own.file, join(folder, 'node_modules/@kdx/plugin-deit/index.mjs'));
  t.false(own.builtIn);
  t.true(beside.builtIn);
  t.is(await nameOf('wave', join(folder, 'deep/er')), 'wave');
});

test('what is installed is found by name alone, nearest first, and nothing of it is loaded', (t) => {
  const folder = project(t, {
    ...packaged('kdx-plugin-wave', 'throw new Error("loaded")', '1.2.3'),
    ...packaged('@me/kdx-plugin-tide', 'throw new Error("loaded")'),
    ...packaged('@kdx/plugin-own', ''),
    ...packaged('@me/other', ''),
    ...packaged('left-pad', ''),
    'node_modules/kdx-plugin-odd/package.json': '{ no json',
    'below/node_modules/kdx-plugin-wave/package.json': manifest('kdx-plugin-wave', { version: '2.0.0' }),
  });
  const found = installedPlugins(join(folder, 'below')).map(
    ({ request, packageName, version }) => `${request} ${packageName} ${version}`,
  );
  t.deepEqual(
    found.filter((line) => !/plugin-(deit|kd|classification) /.test(line)),
    [
      'own @kdx/plugin-own 1.0.0',
      '@me/tide @me/kdx-plugin-tide 1.0.0',
      'odd kdx-plugin-odd undefined',
      'wave kdx-plugin-wave 2.0.0',
    ],
  );
});

test('a broken package is listed with its code beside those that load', async (t) => {
  const folder = project(t, {
    ...packaged('kdx-plugin-wave', source('wave')),
    ...packaged('kdx-plugin-old', source('old', { kdx: '^0.1.0' })),
    ...packaged('@me/kdx-plugin-broken', 'throw new Error("no moon")'),
    ...packaged('kdx-plugin-empty', 'export default 1'),
  });
  const { plugins, broken } = await listPlugins(folder);
  const wave = plugins.find(({ name }) => name === 'wave');
  t.deepEqual(
    plugins.filter(({ builtIn }) => !builtIn),
    [wave],
  );
  t.true(plugins.some(({ name, builtIn }) => name === 'deit' && builtIn));
  t.deepEqual(wave?.parameters, [{ name: 'width', takes: 'number', preset: 1, description: '', fields: [] }]);
  t.is(wave?.file, join(folder, 'node_modules/kdx-plugin-wave/index.mjs'));
  t.deepEqual(
    broken.map(({ request, version, error }) => [request, version, error.code]),
    [
      ['@me/broken', '1.0.0', 'KDX_PLUGIN_LOAD'],
      ['empty', '1.0.0', 'KDX_PLUGIN_SHAPE'],
      ['old', '1.0.0', 'KDX_PLUGIN_VERSION'],
    ],
  );
});

test('another package with a scope loads by its full name', async (t) => {
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
  await t.throwsAsync(nameOf('wave', folder), {
    code: 'KDX_PLUGIN_LOAD',
    message: /Cannot find package 'kdx-nowhere'.*; install what it needs with "npm install kdx-nowhere"\.$/,
  });
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

test('an unknown name gets an installed one that was meant, with its scope', async (t) => {
  const folder = project(t, {
    ...packaged('kdx-plugin-undertow', source('undertow')),
    ...packaged('@me/kdx-plugin-wave', source('wave')),
  });
  await t.throwsAsync(nameOf('undertwo', folder), {
    code: 'KDX_PLUGIN_UNKNOWN',
    message: /none of @kdx\/plugin-undertwo, kdx-plugin-undertwo is installed .* Did you mean "undertow"\?/,
  });
  await t.throwsAsync(nameOf('@me/wvae', folder), { message: /Did you mean "@me\/wave"\?/ });
});

test('a file that does not fit is named with the file', async (t) => {
  const folder = project(t, {
    'called.mjs': `${source('wave').replace('export default', 'const make =')}\nexport default make();`,
    'shapeless.mjs': "export default Object.assign(() => {}, { definition: { name: 'odd' } });",
    'old.mjs': source('old', { kdx: '^0.1.0' }),
    'stale.mjs': `import { longGone } from '${CORE}'; longGone();`,
    'zod3.mjs':
      "export default Object.assign(() => {}, { definition: { name: 'odd', version: '1', kdx: '1', options: { safeParse() {} }, setup() {} } });",
  });
  const refused = (file: string, code: string, message: RegExp) =>
    t.throwsAsync(nameOf(`./${file}`, folder), { code, message });
  await refused(
    'called.mjs',
    'KDX_PLUGIN_SHAPE',
    /called\.mjs exports the plugin "wave" with its options given already/,
  );
  await refused(
    'shapeless.mjs',
    'KDX_PLUGIN_SHAPE',
    /^The plugin "odd" \(\/.*shapeless\.mjs\) has no version/,
  );
  await refused('zod3.mjs', 'KDX_PLUGIN_SHAPE', /"odd" \(.*\) has options that are no schema of Zod 4/);
  await refused(
    'old.mjs',
    'KDX_PLUGIN_VERSION',
    /^Plugin "old" 1\.0\.0 \(\/.*old\.mjs\) was written for plugin API \^0\.1\.0/,
  );
  await refused('stale.mjs', 'KDX_PLUGIN_LOAD', /does not provide an export named 'longGone'/);
});

test('a plugin that imports from @kdx/core what has moved is refused with the door that has it', async (t) => {
  for (const [name, door] of [
    ['createRun', '@kdx/core/run'],
    ['StepProbe', '@kdx/core/inspect'],
    ['Optimizer', '@kdx/tensor'],
  ]) {
    const folder = project(t, packaged('kdx-plugin-moved', `import { ${name} } from '@kdx/core';\n${name};`));
    mkdirSync(join(folder, 'node_modules', '@kdx'));
    symlinkSync(fileURLToPath(new URL('..', CORE)), join(folder, 'node_modules', '@kdx', 'core'), 'junction');
    const { message } = await t.throwsAsync(nameOf('moved', folder), { code: 'KDX_PLUGIN_LOAD' });
    t.true(
      message.endsWith(
        `does not provide an export named '${name}'; plugin API 1.1 has it in '${door}': import it from there.`,
      ),
      message,
    );
  }
});

test('a plugin may ask for plugin API 1.0 or 1.1, and not for a later one', async (t) => {
  const asks = (range: string): Record<string, string> =>
    packaged('kdx-plugin-wave', source('wave', { kdx: range }));
  t.is(await nameOf('wave', project(t, asks('^1.0.0'))), 'wave');
  t.is(await nameOf('wave', project(t, asks('^1.1.0'))), 'wave');
  await t.throwsAsync(nameOf('wave', project(t, asks('^1.2.0'))), {
    code: 'KDX_PLUGIN_VERSION',
    message: /was written for plugin API \^1\.2\.0 and this kdx has 1\.1\.0; install matching versions\.$/,
  });
});

test('wrong options are told with the name that "kdx plugins" takes', async (t) => {
  const folder = project(t, { ...packaged('@me/kdx-plugin-wave', source('wave')) });
  await t.throwsAsync(loadPlugin({ name: '@me/wave', options: { widht: 2 } }, folder), {
    code: 'KDX_PLUGIN_OPTIONS',
    message:
      'Plugin "wave" got options it does not take (there is no option "widht". Did you mean "width"?); "kdx plugins @me/wave" lists them.',
  });
});

test('options whose check throws are the fault of the plugin, by name', async (t) => {
  const text = source('wave').replace(
    'z.number().default(1)',
    "z.number().refine(() => { throw new RangeError('no moon'); }).optional()",
  );
  const folder = project(t, packaged('kdx-plugin-wave', text));
  await t.throwsAsync(loadPlugin({ name: 'wave', options: { width: 2 } }, folder), {
    code: 'KDX_PLUGIN_OPTIONS',
    message: `Plugin "wave" (${join(folder, 'node_modules/kdx-plugin-wave/index.mjs')}) failed at its options: no moon`,
  });
});

test('a file that never finishes loading is given up on', async (t) => {
  const folder = project(t, { 'endless.mjs': 'await new Promise(() => {});' });
  await t.throwsAsync(importPlugin('endless', join(folder, 'endless.mjs'), 50), {
    code: 'KDX_PLUGIN_LOAD',
    message:
      /^Plugin "endless" \(.*endless\.mjs\) cannot be loaded: it did not finish loading within 0\.05 s/,
  });
});

test.serial('without a host a stale build is a warning of the process', async (t) => {
  const folder = project(t, {
    'wave/package.json': manifest('kdx-plugin-wave', {
      exports: './dist/index.mjs',
      scripts: { build: 'x' },
    }),
    'wave/dist/index.mjs': source('wave'),
    'wave/src/index.ts': '// newer',
  });
  utimesSync(join(folder, 'wave/dist/index.mjs'), 1, 1);
  const warned = once(process, 'warning') as Promise<[Error & { code?: string }]>;
  t.is(await nameOf('./wave', folder), 'wave');
  const [{ name, code, message }] = await warned;
  t.deepEqual([name, code], ['KdxWarning', 'KDX_PLUGIN_STALE']);
  t.regex(message, /of plugin ".\/wave" is newer than its build/);
});

test('each check is made for all plugins before the next one begins', async (t) => {
  const folder = project(t, {
    'throws.mjs': "throw new Error('no moon');",
    'shapeless.mjs': 'export default 1;',
    'old.mjs': source('old', { kdx: '^0.1.0' }),
    'wave.mjs': source('wave'),
  });
  const faults: readonly [code: string, request: PluginRequest][] = [
    ['KDX_PLUGIN_UNKNOWN', { name: './none.mjs', options: undefined }],
    ['KDX_PLUGIN_LOAD', { name: './throws.mjs', options: undefined }],
    ['KDX_PLUGIN_SHAPE', { name: './shapeless.mjs', options: undefined }],
    ['KDX_PLUGIN_VERSION', { name: './old.mjs', options: undefined }],
    ['KDX_PLUGIN_OPTIONS', { name: './wave.mjs', options: { widht: 1 } }],
  ];
  for (const [at, [code, one]] of faults.entries()) {
    await t.throwsAsync(loadPlugins([one], folder), { code });
    for (const [, other] of faults.slice(at + 1)) {
      await t.throwsAsync(loadPlugins([one, other], folder), { code });
      await t.throwsAsync(loadPlugins([other, one], folder), { code });
    }
  }
});
