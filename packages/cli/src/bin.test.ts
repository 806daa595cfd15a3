import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const KDX = fileURLToPath(new URL('../bin/kdx.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kdx-bin-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** The command under a Node that says it is of this version */
function kdx(
  version: string,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const preload = join(folder, `${version}.cjs`);
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`,
  );
  return spawnSync(process.execPath, ['--require', preload, KDX, ...args], { encoding: 'utf8' });
}

for (const version of ['18.20.4', '20.18.3', '16.0.0']) {
  test(`Node ${version} is named, with the version that is needed`, (t) => {
    const { status, stdout, stderr } = kdx(version, ['--version']);
    t.is(status, 2);
    t.is(stdout, '');
    t.regex(
      stderr,
      new RegExp(`^KDX_NODE_VERSION kdx needs Node 20\\.19 or newer and this is Node ${version}; `),
    );
  });
}

test('the version and the list of commands come without TensorFlow.js and the rest of kdx, but for tables of errors', (t) => {
  const { version } = createRequire(KDX)('../package.json') as { version: string };
  const hook = join(folder, 'refuse.mjs');
  writeFileSync(
    hook,
    `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`
export async function resolve(name, context, next) {
  if (/^(@tensorflow|echarts|zod|yaml|sharp|@kdx.(?!.*.(errors|names|text|version)$))/.test(name)) throw new Error('imports ' + name);
  return next(name, context);
}\`));`,
  );
  const quick = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', hook, KDX, ...args], { encoding: 'utf8' });
  const plain = quick('--version');
  t.is(plain.stderr, '');
  t.is(plain.stdout, `${version}\n`);
  t.regex(quick('--help').stdout, /\n {2}run \[config\]/);
  t.regex(quick('models').stderr, /imports /, 'the hook works');
});
