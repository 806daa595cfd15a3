// The commands of the workspace: setup (install and build), start (run the main job), test, and pack (the packages as they
// would be published, for projects outside of the workspace). Needs Node and npm only: pnpm is fetched in the version that
// package.json pins, and kept apart from any pnpm on this machine.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { clearLine, createInterface, cursorTo } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [command, ...rest] = process.argv.slice(2);
const { packageManager, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`kdx needs Node ${engines.node} and this is ${process.version}; install a newer Node.`);
  process.exit(1);
}

function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    ...options,
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Runs a program of the workspace's own node_modules with this Node. What lies in .bin is a shell script on Windows, and
 * a shell splits a path at its spaces.
 */
const runScript = (script, args) => run(process.execPath, [join(root, 'node_modules', script), ...args]);

function pnpm(args, stdio = 'inherit') {
  run('npm', ['exec', '--yes', '--', packageManager, ...args], {
    stdio,
    // Windows starts npm, a shell script there, through a shell only; no argument here has a space.
    shell: process.platform === 'win32',
    // CI=true keeps pnpm from asking questions.
    env: { ...process.env, CI: 'true', npm_config_loglevel: 'error' },
  });
}

/** Builds all packages and says which one is at work: rewritten in place on a terminal, else at most every half minute. */
async function build() {
  console.log('Building (compiles every package; the first time this takes a minute or so) …');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const child = spawn(process.execPath, [tsc, '-b', '--verbose'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const terminal = process.stdout.isTTY;
  const begun = performance.now();
  let [packages, built, said] = [0, 0, begun];
  const rewrite = (text) => {
    clearLine(process.stdout, 0);
    cursorTo(process.stdout, 0);
    process.stdout.write(text.slice(0, (process.stdout.columns || 80) - 1));
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^ {4}\* /.test(line)) packages += 1;
    const [, project] = /Building project '(.*?)\/?tsconfig\.json'/.exec(line) ?? [];
    if (project !== undefined) {
      built += 1;
      const text = `  ${project}, ${Math.round((performance.now() - begun) / 1000)} s`;
      if (terminal) rewrite(text);
      else if (performance.now() - said >= 30_000) {
        said = performance.now();
        console.log(text);
      }
    } else if (line.trim() !== '' && !/^(\d{1,2}:\d{2}:\d{2}\b| {4}\* )/.test(line)) {
      // What the compiler finds wrong.
      if (terminal) rewrite('');
      console.log(line);
    }
  }
  if (terminal) rewrite('');
  const code = child.exitCode ?? (await once(child, 'exit'))[0];
  if (code !== 0) process.exit(code ?? 1);
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(built === 0 ? '  up to date' : `  ${built} of ${packages} packages compiled in ${seconds} s`);
}

async function setup() {
  console.log('Installing (pnpm fetches what the lock file names; what is there already is kept) …');
  // The lock file is never changed by a set-up.
  pnpm(['install', '--frozen-lockfile', '--prefer-offline']);
  await build();
}

switch (command) {
  case 'setup':
    await setup();
    console.log('Ready: npx kdx --help');
    break;
  case 'start':
    await setup();
    run(process.execPath, [join(root, 'examples', 'dist', 'quickstart.js'), ...rest]);
    break;
  case 'test':
    await setup();
    runScript('ava/entrypoints/cli.mjs', rest);
    break;
  case 'pack':
    await setup();
    rmSync(join(root, 'packed'), { recursive: true, force: true });
    console.log('Packing …');
    // Every file of every package, over a thousand lines.
    pnpm(
      ['-r', '--filter', './packages/**', 'pack', '--pack-destination', 'packed'],
      ['inherit', 'ignore', 'inherit'],
    );
    console.log(`Ready: npm install --no-save ${join(root, 'packed', '*.tgz')}`);
    break;
  default:
    console.error('usage: node scripts/workspace.mjs setup|start|test|pack');
    process.exit(2);
}
if (!existsSync(join(root, 'node_modules', '.bin', 'kdx'))) {
  console.error('The kdx command was not linked; remove node_modules and run npm run setup again.');
  process.exit(1);
}
