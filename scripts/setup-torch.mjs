// npm run setup:torch [-- --yes]: installs what the torch back end lacks on Debian and Ubuntu, then builds it.
// Elsewhere it builds against the libtorch that it finds, or says how to get one. Run again, it installs nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const flags = process.argv.slice(2);
const unknown = flags.find((flag) => flag !== '--yes');
if (unknown !== undefined) {
  console.error(`setup:torch knows no "${unknown}"; usage: npm run setup:torch [-- --yes]`);
  process.exit(2);
}

const CI = (process.env.CI ?? '').toLowerCase();
const mayInstall = flags.includes('--yes') || !['', '0', 'false'].includes(CI);

/** Runs a program with its output shown. Ends this process with the program's exit code where that is not 0. */
function run(program, args) {
  console.log(`$ ${[program, ...args].join(' ')}`);
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error) {
    console.error(`${program} does not start: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}

/** apt-get as root, by way of sudo for others; the variable keeps packages from asking questions. */
function aptGet(...args) {
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  if (process.getuid() !== 0) command.unshift('sudo');
  run(command[0], command.slice(1));
}

async function agreed(packages) {
  if (mayInstall) return true;
  if (!process.stdin.isTTY) {
    console.error('Nobody is here to answer; run it with: npm run setup:torch -- --yes');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Install ${packages.join(', ')} with apt-get? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

const library = join(root, 'packages/backend-torch/dist/libtorch/index.js');
const kdx = join(root, 'packages/cli/dist/main.js');
if (![library, kdx, join(root, 'node_modules')].every((file) => existsSync(file)))
  run(process.execPath, [join(root, 'scripts/workspace.mjs'), 'setup']);

const { findLibtorch, howToGetLibtorch, isDebian, packagesToInstall, thisHost } = await import(library);
const host = thisHost();
const { libtorch, obstacles } = await findLibtorch(host);
if (libtorch === null && host.env.KDX_LIBTORCH) {
  console.error(`${obstacles.join('; ')}. Mend or unset it first.`);
  process.exit(1);
}
if (host.platform === 'linux' && isDebian()) {
  const packages = await packagesToInstall(host, libtorch);
  if (packages.length === 0) console.log('Nothing to install.');
  else {
    console.log(`The torch back end needs: ${packages.join(', ')}`);
    if (!(await agreed(packages))) {
      console.error('Nothing was installed.');
      process.exit(1);
    }
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', ...packages);
  }
} else if (libtorch === null) {
  console.error(`There is no libtorch here; ${howToGetLibtorch(host)}`);
  process.exit(1);
}
run(process.execPath, [join(root, 'packages/cli/bin/kdx.js'), 'backend', 'build', 'torch']);
