import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '@kdx/core';
import test from 'ava';
import { fixture } from '../support/cli.js';
import type { CliResult } from '../support/collect.js';
import { npm, npxKdx, packWorkspace, tarballs } from '../support/packed.js';
import { readEvents, readJson } from '../support/run-folder.js';
import { set } from '../support/tiny-run.js';

// Plugins of someone else: written and packed in a folder outside of the workspace, installed into a bare project beside
// the packed kdx, and used from there. What each does is in test/fixtures/third-party.

const PLUGINS = ['ripple', 'old', 'moody', 'acme-kd', 'broken', 'own-core'];
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
const SMALL = [
  ...['--student', 'convnet?width=4', '--data', 'shapes?train=32&validation=8&test=8'],
  ...['--backend', 'wasm', '--threads', '1', '--epochs', '1', '--batch', '16'],
  ...set({ logEvery: 1 }),
];

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-third-party-')));
const project = join(folder, 'project');
const inProject = (...path: string[]): string => join(project, 'node_modules', ...path);

const kdx = (...args: string[]): Promise<CliResult> => npxKdx(args, project);
/** `kdx run` of something tiny with these plugins. */
const run = (plugins: string, ...args: string[]): Promise<CliResult> =>
  kdx('run', ...SMALL, '--plugins', plugins, ...args);

test.before('pack, and install once', () => {
  const [packed, work, second] = ['packed', 'plugins', 'second-core'].map((name) => join(folder, name));
  const ours = packWorkspace(packed);
  const core = ours.get('@kdx/core');
  if (!core) throw new Error('@kdx/core was not packed');

  // The same engine in a version that no other package asks for: npm puts it beside the plugin that does.
  for (const [path, bytes] of core.files) {
    mkdirSync(join(second, path, '..'), { recursive: true });
    writeFileSync(join(second, path), bytes);
  }
  writeFileSync(join(second, 'package.json'), JSON.stringify({ ...core.manifest, version: '0.0.99' }));
  const theirs = join(folder, 'theirs');
  mkdirSync(theirs);
  npm(['pack', second, '--pack-destination', theirs], folder);
  const secondCore = tarballs(theirs).get('@kdx/core')?.path ?? '';

  cpSync(fixture('third-party'), work, { recursive: true });
  const manifest = join(work, 'own-core', 'package.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('SECOND_CORE', secondCore));
  npm(['pack', ...PLUGINS.map((name) => join(work, name)), '--pack-destination', theirs], work);

  // Each of ours is named, so that nothing of it is looked for in a registry.
  const installed = new Map([...tarballs(theirs), ...ours]);
  const dependencies = Object.fromEntries([...installed].map(([name, { path }]) => [name, `file:${path}`]));
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'bare', private: true, type: 'module', dependencies }),
  );
  npm(['install', ...QUIET], project);
});

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test.serial('a plugin that was installed runs by its name, and kdx says from where', async (t) => {
  const { code, stdout, stderr } = await run(
    'ripple:{"weight":0.25},kdx-plugin-ripple:{"weight":0.25}',
    '--out',
    'ripple',
  );
  t.is(stderr, '', 'what is installed and not named is not loaded');
  t.is(code, 0);
  t.regex(stdout, /^methods +ripple$/m);
  t.is(stdout.split(inProject('kdx-plugin-ripple', 'index.js')).length, 2, 'once');
  const steps = stepsOf('ripple');
  t.is(steps.length, 2);
  for (const { terms } of steps) t.true(terms['ripple/size'] > 0);
  const { config } = readJson<{ config: { plugins: unknown } }>(project, 'ripple', 'config.json');
  t.deepEqual(config.plugins, [['ripple', { weight: 0.25 }]]);
});

type Step = Extract<RunEvent, { type: 'step' }>;
const stepsOf = (name: string): Step[] =>
  readEvents(join(project, name)).filter((event): event is Step => event.type === 'step');

test.serial('a plugin with a copy of @kdx/core of its own works, its tokens and errors too', async (t) => {
  const { code, stderr } = await run('own-core', '--out', 'own-core');
  t.is(stderr, '');
  t.is(code, 0);
  const own = `file://${inProject('kdx-plugin-own-core', 'node_modules', '@kdx', 'core', 'dist', 'index.js')}`;
  const said = readEvents(join(project, 'own-core')).flatMap((event) =>
    event.type === 'log' ? [event.message] : [],
  );
  t.deepEqual(said, [own]);
  for (const { terms, learningRate } of stepsOf('own-core')) {
    t.true(terms['own-core/size'] > 0);
    t.is(learningRate, 0.0125, 'the slot of the other copy');
  }
  const failed = await run('own-core:{"fail":true}', '--out', 'own-core-fails');
  t.is(
    failed.stderr,
    'KDX_HOOK_FAILED Hook "epochStart" of plugin "own-core" failed: an error of the other copy\n',
  );
  t.is(failed.code, 3);
});

const refused: readonly [what: string, args: string[], code: number, message: string][] = [
  [
    'an option that there is none of',
    ['ripple:{"wieght":1}'],
    2,
    'KDX_PLUGIN_OPTIONS Plugin "ripple" got options it does not take (there is no option "wieght". Did you mean "weight"?); "kdx plugins ripple" lists them.',
  ],
  [
    'a plugin of another plugin API, of which nothing runs',
    ['old:{"width":1}'],
    2,
    `KDX_PLUGIN_VERSION Plugin "old" 0.3.0 (${inProject('kdx-plugin-old', 'index.js')}) was written for plugin API ^0.3.0 and this kdx has 1.1.0; install matching versions.`,
  ],
  [
    'two plugins of one name',
    ['kd,@acme/kd'],
    2,
    `KDX_PLUGIN_CLASH Two different plugins are called "kd": 0.1.0 (${inProject('@kdx', 'plugin-kd', 'dist', 'index.js')}) and 3.0.0 (${inProject('@acme', 'kdx-plugin-kd', 'index.js')}); leave one of them out of --plugins.`,
  ],
  [
    'a plugin that does not load',
    ['broken'],
    2,
    `KDX_PLUGIN_LOAD Plugin "broken" (${inProject('kdx-plugin-broken', 'index.js')}) cannot be loaded: cannot read the tea leaves; mend that file, or install another version of the plugin.`,
  ],
  [
    'a name that is nearly that of an installed one',
    ['riple'],
    2,
    `KDX_PLUGIN_UNKNOWN No plugin is called "riple": none of @kdx/plugin-riple, kdx-plugin-riple is installed in ${project} or beside kdx. Did you mean "ripple"? "kdx plugins" lists what is there.`,
  ],
  [
    'a hook that throws',
    ['moody:{"mood":"throw"}', '--out', 'throws'],
    3,
    'KDX_HOOK_FAILED Hook "stepEnd" of plugin "moody" failed: no ink left',
  ],
  [
    'a hook that hangs',
    ['moody:{"mood":"hang"}', '--out', 'hangs', '--set', 'hookTimeout=1'],
    3,
    'KDX_HOOK_HANGS Hook "stepEnd" of plugin "moody" did not settle within 1 s; look for a promise that is never resolved, or give it longer with --set hookTimeout=SECONDS.',
  ],
];

for (const [what, [plugins, ...args], code, message] of refused) {
  test.serial(`refused: ${what}`, async (t) => {
    const result = await run(plugins, ...args);
    t.is(result.stderr, `${message}\n`);
    t.is(result.code, code);
  });
}

test.serial('kdx plugins lists what is installed; what is broken and not needed is a warning', async (t) => {
  const { code, stdout, stderr } = await kdx('plugins');
  t.is(code, 0);
  t.regex(stdout, /^df-dearkd +\d.*\n.*\n {2}from .*\nkd +\d.*\n.*\n {2}as +--plugins kd\n {2}from .*\n/m);
  t.true(stdout.indexOf('--plugins kd\n') < stdout.indexOf('@acme/kd'), 'what comes with kdx comes first');
  t.true(
    stdout.includes(
      `ripple       1.2.0  Keeps logits small\n  options   weight\n  from      ${inProject('kdx-plugin-ripple', 'index.js')}\n`,
    ),
    stdout,
  );
  t.regex(stdout, /^kd +3\.0\.0 .*\n.*\n {2}as +--plugins @acme\/kd\n/m);
  t.deepEqual(stderr.trimEnd().split('\n'), [
    `KDX_PLUGIN_LOAD Plugin "kdx-plugin-broken" (${inProject('kdx-plugin-broken', 'index.js')}) cannot be loaded: cannot read the tea leaves; mend that file, or install another version of the plugin. A run without "broken" is not affected.`,
    `KDX_PLUGIN_VERSION Plugin "old" 0.3.0 (${inProject('kdx-plugin-old', 'index.js')}) was written for plugin API ^0.3.0 and this kdx has 1.1.0; install matching versions. A run without "old" is not affected.`,
  ]);
  const listed = JSON.parse((await kdx('plugins', '--json')).stdout) as {
    request: string;
    builtIn?: boolean;
    error?: { code: string };
  }[];
  t.true(listed.some(({ request, builtIn }) => request === 'kd' && builtIn));
  t.deepEqual(
    listed
      .filter(({ builtIn }) => !builtIn)
      .map(({ request, error }) => `${request} ${error?.code ?? 'loads'}`),
    [
      '@acme/kd loads',
      'moody loads',
      'own-core loads',
      'ripple loads',
      'broken KDX_PLUGIN_LOAD',
      'old KDX_PLUGIN_VERSION',
    ],
  );
});

test.serial('what kdx reads beside its code is installed with it', async (t) => {
  const { code, stdout, stderr } = await kdx('recipes');
  t.is(stderr, '');
  t.is(code, 0);
  t.regex(stdout, /small-vit/);
});
