import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from '@kdx/core';
import type { KdxError } from '@kdx/tensor/errors';
import test from 'ava';
import { ROOT } from '../support/internal.js';

// A new built-in plugin is a folder of its own and one dependency of @kdx/run: this makes one in a copy and counts.

const tree = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-new-plugin-')));
test.after.always(() => rmSync(tree, { recursive: true, force: true }));

const copy = (path: string): void => {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  cpSync(join(ROOT, path), join(tree, path), { recursive: true });
};

/** Links the packages that a package of ours depends on, as a package manager does. */
function linkDependencies(folder: string, own: Readonly<Record<string, string>> = {}): void {
  const modules = join(ROOT, folder, 'node_modules');
  for (const scope of readdirSync(modules)) {
    const names = scope.startsWith('@')
      ? readdirSync(join(modules, scope)).map((name) => `${scope}/${name}`)
      : [scope];
    for (const name of names) link(join(tree, folder, 'node_modules', name), join(modules, name));
  }
  for (const [name, target] of Object.entries(own)) link(join(tree, folder, 'node_modules', name), target);
}

function link(path: string, target: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(target), path);
}

/** Writes a file and remembers it. */
const touched: string[] = [];
function write(path: string, text: string): void {
  touched.push(path);
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

interface Parts {
  listPlugins(project: string): Promise<{
    plugins: readonly { readonly name: string; readonly builtIn: boolean }[];
  }>;
  loadPlugins(requests: readonly { name: string; options: unknown }[]): Promise<{ plugin: Plugin }[]>;
}

test('a new built-in plugin touches its own folder and one list of dependencies', async (t) => {
  copy('packages/run/package.json');
  copy('packages/run/dist');
  copy('packages/run/recipes');

  const folder = 'packages/plugins/nova';
  write(
    `${folder}/package.json`,
    JSON.stringify({
      name: '@kdx/plugin-nova',
      version: '0.1.0',
      type: 'module',
      exports: { '.': './index.js', './errors': './errors.js' },
    }),
  );
  write(
    `${folder}/errors.js`,
    `import { errorMaker } from '@kdx/core';
export const NOVA_ERRORS = { KDX_NOVA_WIDTH: { exit: 'usage', means: 'The width is odd', fix: 'give an even one' } };
export const kdxError = errorMaker(NOVA_ERRORS);`,
  );
  write(
    `${folder}/index.js`,
    `import { definePlugin } from '@kdx/core';
import { z } from 'zod';
import { kdxError } from './errors.js';
export default definePlugin({
  name: 'nova', version: '0.1.0', kdx: '^1.0.0', summary: 'a new method',
  options: z.strictObject({ width: z.number().default(2) }),
  configure(ctx, { width }) {
    if (width % 2 === 1) throw kdxError('KDX_NOVA_WIDTH', \`Plugin "nova" takes an even width and got \${width}.\`);
  },
});`,
  );
  const manifest = JSON.parse(readFileSync(join(tree, 'packages/run/package.json'), 'utf8'));
  manifest.dependencies['@kdx/plugin-nova'] = 'workspace:*';
  write('packages/run/package.json', JSON.stringify(manifest, undefined, 2));
  t.deepEqual(
    touched.filter((path) => !path.startsWith(`${folder}/`)),
    ['packages/run/package.json'],
  );

  // What a package manager does then.
  linkDependencies('packages/run', { '@kdx/plugin-nova': join(tree, folder) });
  for (const name of ['@kdx/core', 'zod']) {
    link(join(tree, folder, 'node_modules', name), join(ROOT, 'packages/run/node_modules', name));
  }

  const file = pathToFileURL(join(tree, 'packages/run/dist/parts.js')).href;
  const { listPlugins, loadPlugins } = (await import(file)) as Parts;
  const { plugins } = await listPlugins(tree);
  t.true(
    plugins.some(({ name, builtIn }) => name === 'nova' && builtIn),
    'kdx plugins lists it',
  );
  const [{ plugin }] = await loadPlugins([{ name: 'nova', options: { width: 3 } }]);
  const error = t.throws(() => void plugin.definition.configure?.({} as never, plugin.options));
  t.is((error as KdxError).exit, 'usage', 'its error carries its exit status');
});
