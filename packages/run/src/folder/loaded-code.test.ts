import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { codeDifferences, loadedCode } from './loaded-code.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-code-')));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, text: string): string => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const names = (entry: string): string[] => Object.keys(loadedCode(entry));

test('a path that a program puts together is followed to every file that it may name', (t) => {
  const entry = put(
    'joined/plugin.mjs',
    `const here = import.meta.dirname;
     const kind = process.env.KIND ?? 'one';
     await import('./plus/' + kind + '.mjs');
     const begun = './begun-';
     await import(begun + kind + '.mjs');
     const folder = './folder';
     await import(\`\${folder}/\${kind}.mjs\`);
     await import(join(here, 'joined.mjs'));
     await import(new URL('urled.mjs', import.meta.url).href);
     const table = JSON.parse(readFileSync(resolve(here, 'data', "table.json"), 'utf8'));
     await import(here + '/behind.mjs');
     await import(\`\${here}/templated.mjs\`);`,
  );
  const parts = ['plus/one', 'plus/two', 'begun-one', 'folder/one', 'joined', 'urled', 'behind', 'templated'];
  for (const part of [...parts, 'unused']) put(`joined/${part}.mjs`, '');
  put('joined/data/table.json', '{}');
  t.deepEqual(names(entry), [...parts.map((part) => `${part}.mjs`), 'data/table.json', 'plugin.mjs'].sort());
});

test('an installed plugin that this one brings is followed, an installed package of another kind is its version', (t) => {
  const entry = put('app/plugin.mjs', "import brought from 'kdx-plugin-brought'; import plain from 'plain';");
  put(
    'app/node_modules/kdx-plugin-brought/package.json',
    '{ "name": "kdx-plugin-brought", "version": "1.2.3", "main": "index.js", "peerDependencies": { "@kdx/core": "^0.1.0" } }',
  );
  put('app/node_modules/kdx-plugin-brought/index.js', "module.exports = require('./second');");
  const second = put('app/node_modules/kdx-plugin-brought/second.js', 'module.exports = 1;');
  put('app/node_modules/plain/package.json', '{ "name": "plain", "version": "2.0.0", "main": "index.js" }');
  put('app/node_modules/plain/index.js', '');
  const begun = loadedCode(entry);
  t.deepEqual(Object.keys(begun), [
    'kdx-plugin-brought',
    'kdx-plugin-brought/index.js',
    'kdx-plugin-brought/second.js',
    'plain',
    'plugin.mjs',
  ]);
  put(second.slice(folder.length + 1), 'module.exports = 2;');
  const keyed = (code: object): Record<string, string> =>
    Object.fromEntries(Object.entries(code).map(([part, hash]) => [`mine: ${part}`, hash]));
  t.deepEqual(codeDifferences(keyed(begun), keyed(loadedCode(entry))), [
    'another kdx-plugin-brought/second.js of plugin "mine"',
  ]);
});

test('every way to a file beside is followed, to any depth and around circles', (t) => {
  const entry = put(
    'ways/plugin.mjs',
    `import { a } from './a.mjs';
     export * from "../shared.mjs";
     import table from './table.json' with { type: 'json' };
     const later = () => import('./later.js?v=2');
     const need = createRequire(import.meta.url);
     need('./old');
     const bytes = readFileSync(new URL('./weights.bin', import.meta.url));
     const named = (name) => import(\`./methods/\${name}.mjs\`);
     // './not-there.mjs' and './notes.txt' are none`,
  );
  put('ways/a.mjs', "import './plugin.mjs'; import { deep } from './deep/b.ts';");
  put(
    'ways/deep/b.ts',
    "type T = import('./types.ts').T; import type { U } from './types.ts'; export const deep: T = 1;",
  );
  put('ways/deep/types.ts', 'export type T = number; export type U = T;');
  put('shared.mjs', '');
  put('ways/table.json', '{}');
  put('ways/later.js', '');
  put('ways/old/index.js', "module.exports = require('./part');");
  put('ways/old/part.json', '[]');
  put('ways/weights.bin', 'x');
  put('ways/notes.txt', '');
  put('ways/unused.mjs', '');
  put('ways/methods/one.mjs', '');
  put('ways/methods/two.mjs', '');
  put('ways/methods/readme.md', '');
  t.deepEqual(
    names(entry),
    [
      '../shared.mjs',
      'a.mjs',
      'deep/b.ts',
      'deep/types.ts',
      'later.js',
      'methods/one.mjs',
      'methods/two.mjs',
      'old/index.js',
      'old/part.json',
      'plugin.mjs',
      'table.json',
      'weights.bin',
    ].sort(),
  );
});

test('of a package its own files count, of others that are installed the version, of linked ones the files', (t) => {
  put(
    'app/node_modules/kdx-plugin-x/package.json',
    JSON.stringify({ name: 'kdx-plugin-x', version: '1.0.0', imports: { '#inner': './lib/inner.js' } }),
  );
  const entry = put(
    'app/node_modules/kdx-plugin-x/index.js',
    "import '#inner'; import 'other'; import 'linked'; import { readFile } from 'node:fs'; import 'missing'; import '@kdx/core';",
  );
  put('app/node_modules/kdx-plugin-x/lib/inner.js', '');
  put(
    'app/node_modules/other/package.json',
    JSON.stringify({ name: 'other', version: '3.1.4', main: 'main.js' }),
  );
  put('app/node_modules/other/main.js', "require('./inside.js');");
  put('app/node_modules/other/inside.js', '');
  put(
    'app/node_modules/@kdx/core/package.json',
    JSON.stringify({ name: '@kdx/core', version: '9.9.9', main: 'main.js' }),
  );
  put('app/node_modules/@kdx/core/main.js', '');
  put('libs/linked/package.json', JSON.stringify({ name: 'linked', version: '0.0.0', main: 'main.js' }));
  put('libs/linked/main.js', "require('./part.js');");
  put('libs/linked/part.js', '');
  symlinkSync(join(folder, 'libs/linked'), join(folder, 'app/node_modules/linked'));
  const code = loadedCode(entry);
  t.deepEqual(Object.keys(code), [
    '../../../libs/linked/main.js',
    '../../../libs/linked/part.js',
    '@kdx/core',
    'index.js',
    'lib/inner.js',
    'other',
  ]);
  t.is(code.other, '3.1.4');
  t.is(code['@kdx/core'], '9.9.9');
});

test('a difference names the file and the plugin', (t) => {
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
  t.deepEqual(
    codeDifferences(
      { 'x: lib/a.mjs': a, 'x: gone.mjs': a, 'x: dep': '1.0.0' },
      { 'x: lib/a.mjs': b, 'x: new.mjs': a, 'x: dep': '1.0.1' },
    ),
    [
      'dep 1.0.0 for plugin "x", which now is 1.0.1',
      'gone.mjs of plugin "x", which it does not load now',
      'another lib/a.mjs of plugin "x"',
      'no new.mjs of plugin "x", which it loads now',
    ],
  );
  t.deepEqual(codeDifferences(undefined, { 'x: a.mjs': a }), [], 'of a run of an older kdx nothing is known');
});
