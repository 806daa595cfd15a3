import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { quoted } from '@kdx/core/text';
import test from 'ava';
import { project } from '../../../run/dist/plugins/project.test.helper.js';
import { installedVersion } from './installed-version.js';
import { pluginName } from './plugin-name.js';
import { scaffoldPlugin } from './scaffold.js';

const run = promisify(execFile);
const KDX = fileURLToPath(new URL('../../bin/kdx.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** What `npm install` would put there, from the workspace. */
function install(folder: string): void {
  const [ours, roots] = [createRequire(import.meta.url), createRequire(join(ROOT, 'package.json'))];
  for (const name of Object.keys({ ...manifestOf(folder).devDependencies, zod: '' })) {
    const own = name === '@kdx/cli' ? join(ROOT, 'packages/cli') : undefined;
    const resolver = name === 'typescript' || name.startsWith('@types/') ? roots : ours;
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(own ?? realpathSync(dirname(resolver.resolve(`${name}/package.json`))), link, 'junction');
  }
}

test('a package that was made compiles strictly, and its values by hand hold', async (t) => {
  const folder = join(project(t, {}), 'made');
  scaffoldPlugin(pluginName('@me/new-test'), folder);
  install(folder);
  await run(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: folder });
  const env = { ...process.env, NODE_OPTIONS: undefined, NODE_TEST_CONTEXT: undefined };
  const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', 'dist/loss.test.js'], {
    cwd: folder,
    env,
  });
  t.regex(stdout, /^# pass 4$/m);
  t.regex(stdout, /^# fail 0$/m);
  const made = (await import(join(folder, 'dist/index.js'))) as Record<string, { definition?: unknown }>;
  t.like(made.newTest.definition, { name: 'new-test', version: '0.1.0' });
  t.is(made.default, made.newTest);
});

test('versions are those of this kdx, and of the tools that it is built with', (t) => {
  const folder = join(project(t, {}), 'made');
  scaffoldPlugin(pluginName('ripple'), folder);
  const { name, dependencies, peerDependencies, devDependencies } = manifestOf(folder);
  t.is(name, 'kdx-plugin-ripple');
  const ours = manifestOf(ROOT).devDependencies;
  t.deepEqual(devDependencies, {
    '@kdx/core': installedVersion('@kdx/core'),
    '@kdx/nn': installedVersion('@kdx/nn'),
    '@kdx/testing': installedVersion('@kdx/testing'),
    '@tensorflow/tfjs': installedVersion('@tensorflow/tfjs'),
    '@types/node': ours['@types/node'],
    '@kdx/cli': installedVersion('@kdx/cli'),
    typescript: ours.typescript,
  });
  t.deepEqual(Object.keys(peerDependencies ?? {}), ['@kdx/core', '@kdx/nn', '@tensorflow/tfjs']);
  for (const range of Object.values({ ...dependencies, ...peerDependencies }))
    t.regex(range, /^\^\d+\.\d+\.\d/);
});

test('nothing of the template’s own name is left, and hidden files have their names', (t) => {
  const folder = join(project(t, {}), 'made');
  const files = scaffoldPlugin(pluginName('@me/ripple'), folder);
  for (const file of files) t.notRegex(readFileSync(join(folder, file), 'utf8'), /my-?method/i, file);
  for (const file of ['.gitignore', join('.github', 'workflows', 'ci.yml'), 'LICENSE', 'README.md'])
    t.true(files.includes(file), file);
  t.regex(readFileSync(join(folder, 'README.md'), 'utf8'), /--plugins @me\/ripple\n/);
  t.is(readFileSync(join(folder, 'LICENSE'), 'utf8'), readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
});

test('a folder with something in it is left alone; a repository without files is a place', (t) => {
  const folder = project(t, { 'used/notes.txt': 'mine', 'fresh/.git/HEAD': 'ref: refs/heads/main\n' });
  const refused = (where: string, message: RegExp) =>
    t.throws(() => scaffoldPlugin(pluginName('ripple'), join(folder, where)), {
      code: 'KDX_PLUGIN_FOLDER',
      message,
    });
  refused('used', /has something in it \(notes\.txt\), and nothing is overwritten; .*--dir DIR/);
  t.deepEqual(readdirSync(join(folder, 'used')), ['notes.txt']);
  writeFileSync(join(folder, 'file'), '');
  refused('file', /is a file/);
  refused('file/inner', /cannot be written/);
  t.true(scaffoldPlugin(pluginName('ripple'), join(folder, 'fresh')).includes('package.json'));
});

test('kdx plugin new says what it made and the next commands, which are those of a clone', async (t) => {
  const folder = project(t, {});
  const { stdout } = await run(process.execPath, [KDX, 'plugin', 'new', 'ripple', '--dir', 'a b'], {
    cwd: folder,
    // CI would have colours else.
    env: { ...process.env, NO_COLOR: '1' },
  });
  t.regex(stdout, /^✓ kdx-plugin-ripple: \d+ files in a b\./);
  const clone = quoted(dirname(join(ROOT, 'package.json')));
  const next = stdout.slice(stdout.indexOf('\nNext')).trimEnd().split('\n').slice(2);
  t.deepEqual(next, [
    "  cd 'a b'",
    `  npm run pack --prefix ${clone}`,
    `  npm install --no-save ${clone}/packed/*.tgz`,
    '  npm test',
  ]);
  const used = run(process.execPath, [KDX, 'plugin', 'new', 'kd'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const error = (await t.throwsAsync(used)) as { code?: number; stderr?: string } | undefined;
  t.is(error?.code, 2);
  t.regex(error?.stderr ?? '', /^KDX_PLUGIN_NAME "kd" comes with kdx/);
});
