import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import test from 'ava';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { temporaryFolder } from '../support/cli.js';
import { packWorkspace, type Tarball } from '../support/packed.js';

// What is published is what is tested here: the packed packages, not the workspace.

/** Files that packages read beside their code. */
const READ_AT_RUN_TIME = {
  '@kdx/cli': ['bin/kdx.js', 'catalogue/downloads.yaml', 'templates/plugin/_gitignore'],
  '@kdx/run': ['recipes/small-vit.yaml', 'schema/config.json'],
  '@kdx/backend-torch': ['native/bridge.cc'],
  '@kdx/report': ['src/page/page.css', 'dist/page/main.js'],
};

test('every published package passes publint and arethetypeswrong, and brings what it needs', async (t) => {
  const packed = packWorkspace(temporaryFolder(t));
  t.true(packed.has('@kdx/cli') && packed.has('@kdx/core') && packed.has('@kdx/testing'));
  t.true([...packed.keys()].filter((name) => name.startsWith('@kdx/plugin-')).length >= 3);
  for (const [name, wanted] of Object.entries(READ_AT_RUN_TIME))
    for (const file of wanted) t.true(packed.get(name)?.files.has(file), `${name} lacks ${file}`);
  for (const [name, tarball] of packed) {
    t.deepEqual(await publintSays(tarball), [], name);
    t.deepEqual(await typesSay(tarball), [], name);
    t.deepEqual(undeclared(tarball), [], `${name} imports what it does not depend on`);
    t.deepEqual(
      Object.entries(tarball.manifest.dependencies ?? {}).filter(([, version]) => version.includes(':')),
      [],
      `${name} depends on what only the workspace has`,
    );
    t.deepEqual(
      ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'].filter((file) => !tarball.files.has(file)),
      [],
      `${name} lacks a file`,
    );
    t.deepEqual(
      // The template of a plugin has tests, which are for its author.
      [...tarball.files.keys()].filter((file) =>
        /^(?!templates\/).*(\.test\.|\.map$|tsbuildinfo)/.test(file),
      ),
      [],
      `${name} carries what nobody needs`,
    );
  }
});

async function publintSays({ path }: Tarball): Promise<string[]> {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => `${message.code}: ${formatMessage(message, pkg)}`);
}

/** For the ways in which a package that is ESM only can be imported. */
async function typesSay({ path }: Tarball): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(path))));
  if (!result.types) return ['there are no types'];
  return result.problems
    .filter((problem) => !('resolutionKind' in problem) || /esm|bundler/.test(problem.resolutionKind))
    .map((problem) => JSON.stringify(problem));
}

function undeclared({ manifest, files }: Tarball): string[] {
  const declared = [
    manifest.name,
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
  ];
  const missing = new Set<string>();
  for (const [file, bytes] of files) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    const code = bytes.toString('utf8').replace(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '');
    for (const [, specifier] of code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'".\s][^'"\s]*)['"]/g)) {
      const [, name] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? [];
      if (!isBuiltin(specifier) && name && !declared.includes(name)) missing.add(`${name} in ${file}`);
    }
  }
  return [...missing];
}
