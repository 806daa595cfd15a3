import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '@kdx/core';
import test, { type ExecutionContext } from 'ava';
import { fixture, kdxOk, temporaryFolder } from '../support/cli.js';
import { collect } from '../support/collect.js';
import { readEvents } from '../support/run-folder.js';
import { set } from '../support/tiny-run.js';

// Plugins written for plugin API 1.0 (test/fixtures/api-1.0), in a project outside of the workspace, work unchanged.

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SMALL = [
  ...['--student', 'convnet?width=4', '--teacher', 'convnet?width=4', '--data'],
  ...['shapes?train=32&validation=8&test=8', '--backend', 'wasm', '--threads', '1', '--epochs', '1'],
  ...['--batch', '16', ...set({ logEvery: 1 })],
];

/** Where a package of the workspace, or one that such a package depends on, lies. */
function folderOf(name: string): string {
  if (name.startsWith('@kdx/')) return join(ROOT, 'packages', name.slice('@kdx/'.length));
  const from = name === 'zod' || name.startsWith('@tensorflow/') ? 'packages/core' : '.';
  return join(ROOT, from, 'node_modules', name);
}

/** A project with the old plugins beside it, and with what `npm install` would bring them. */
function oldProject(t: ExecutionContext): string {
  const project = temporaryFolder(t);
  cpSync(fixture('api-1.0'), project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const modules = join(project, 'node_modules');
  const link = (name: string, target: string): void => {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(target, join(modules, name), 'junction');
  };
  for (const name of ['cli', 'core', 'nn', 'testing']) link(`@kdx/${name}`, folderOf(`@kdx/${name}`));
  for (const name of ['zod', '@tensorflow/tfjs', '@types/node', 'typescript'])
    link(name, realpathSync(folderOf(name)));
  for (const name of ['calm', 'old-hands']) link(`kdx-plugin-${name}`, join(project, `kdx-plugin-${name}`));
  return project;
}

/** Runs Node, which must succeed: on the compiler and on tests, the two commands of `npm test` in the old scaffold. */
async function nodeOk(t: ExecutionContext, args: readonly string[], cwd: string): Promise<string> {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, FORCE_COLOR, ...env } = process.env;
  const { code, stdout, stderr } = await collect(process.execPath, [...args], { cwd, env });
  t.is(code, 0, stdout + stderr);
  return stdout;
}

const TSC = createRequire(join(ROOT, 'package.json')).resolve('typescript/package.json');

type Step = Extract<RunEvent, { type: 'step' }>;
const termsOf = (folder: string): Step['terms'][] =>
  readEvents(folder).flatMap((event) => (event.type === 'step' ? [event.terms] : []));

test('the scaffold and the example of plugin API 1.0 compile, pass their tests and run', async (t) => {
  t.timeout(120_000);
  const project = oldProject(t);
  const scaffold = join(project, 'kdx-plugin-old-hands');
  await nodeOk(t, [join(dirname(TSC), 'bin', 'tsc')], scaffold);
  const files = ['dist/conformance.test.js', 'dist/loss.test.js'];
  const [tested] = await Promise.all([
    nodeOk(t, ['--test', '--test-reporter=tap', ...files], scaffold),
    kdxOk(['run', ...SMALL, '--plugins', 'calm,old-hands:{"weight":2}', '--out', 'both'], { cwd: project }),
  ]);
  t.regex(tested, /^# pass 31$/m);
  const steps = termsOf(join(project, 'both'));
  t.is(steps.length, 2);
  for (const terms of steps) {
    t.true(terms['calm/size'] > 0);
    t.true(terms['old-hands/similarity'] > 0);
  }
});
