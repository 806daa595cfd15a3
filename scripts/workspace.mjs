// The commands of the workspace: setup (install and build), start (run the main job), test, and pack (the packages as they
// would be published, for projects outside of the workspace). Needs Node and npm only: pnpm is fetched in the version that
// package.json pins, and kept apart from any pnpm on this machine.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

function setup() {
  console.log('Installing …');
  // The lock file is never changed by a set-up.
  pnpm(['install', '--frozen-lockfile', '--prefer-offline']);
  console.log('Building …');
  runScript('typescript/bin/tsc', ['-b']);
}

switch (command) {
  case 'setup':
    setup();
    console.log('Ready: npx kdx --help');
    break;
  case 'start':
    setup();
    run(process.execPath, [join(root, 'examples', 'dist', 'quickstart.js'), ...rest]);
    break;
  case 'test':
    setup();
    runScript('ava/entrypoints/cli.mjs', rest);
    break;
  case 'pack':
    setup();
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
