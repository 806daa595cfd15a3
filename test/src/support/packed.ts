import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type CliResult, collect } from './collect.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package as it would be published. */
export interface Tarball {
  readonly path: string;
  readonly manifest: Manifest;
  /** Its files by their paths, e.g. `dist/index.js`. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** What npm tells its scripts is of the workspace, and must not reach an npm that works elsewhere. */
const OUTSIDE = Object.fromEntries(
  Object.entries({ ...process.env, NO_COLOR: '1', npm_config_loglevel: 'error' }).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle)_.*|npm_config_local_prefix|INIT_CWD|NODE_OPTIONS|FORCE_COLOR|NODE_V8_COVERAGE)$/.test(
        name,
      ),
  ),
);
// npm is a shell script on Windows, which starts through a shell only.
const shell = process.platform === 'win32';

/** Runs npm in a folder; its output is shown when it fails. */
export function npm(args: readonly string[], cwd: string): void {
  try {
    execFileSync('npm', args, { cwd, env: OUTSIDE, shell, stdio: 'pipe', maxBuffer: 1 << 28 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    throw new Error(`npm ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? error}`);
  }
}

/** `npx kdx` with these arguments, in a project where kdx is installed. */
export const npxKdx = (args: readonly string[], cwd: string): Promise<CliResult> =>
  collect('npx', ['--no', 'kdx', ...args], { cwd, env: OUTSIDE, shell });

/** A line of a shell as someone outside of the workspace would type it. */
export const shellLine = (line: string, cwd: string): Promise<CliResult> =>
  collect('/bin/sh', ['-c', line], { cwd, env: OUTSIDE });

/** Packs every published package of the workspace, with the workspace's pnpm, which turns `workspace:*` into versions. */
export function packWorkspace(folder: string): Map<string, Tarball> {
  mkdirSync(folder, { recursive: true });
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  const pack = ['-r', '--filter', './packages/**', 'pack', '--pack-destination', folder];
  npm(['exec', '--yes', '--', packageManager, ...pack], ROOT);
  return tarballs(folder);
}

/** The tarballs in a folder by the names of their packages, without the private ones. */
export function tarballs(folder: string): Map<string, Tarball> {
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => readTarball(join(folder, name)))
    .filter(({ manifest }) => !manifest.private);
  return new Map(found.map((tarball) => [tarball.manifest.name, tarball]));
}

/** Reads a package: a tar of 512-byte blocks, a header and then the data of each file (POSIX.1-1988, ustar). */
function readTarball(path: string): Tarball {
  const tar = gunzipSync(readFileSync(path));
  const text = (start: number, length: number): string =>
    tar.toString('utf8', start, start + length).replace(/\0.*$/s, '');
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = [text(at + 345, 155), text(at, 100)].filter(Boolean).join('/');
    const size = Number.parseInt(text(at + 124, 12), 8);
    const isFile = text(at + 156, 1) === '0' || text(at + 156, 1) === '';
    if (isFile) files.set(name.replace(/^package\//, ''), tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  const manifest = files.get('package.json');
  if (!manifest) throw new Error(`${path} has no package.json`);
  return { path, manifest: JSON.parse(manifest.toString('utf8')) as Manifest, files };
}
