import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { kdxError } from '../errors.js';
import { type Host, searchPath } from './host.js';
import type { Libtorch } from './libtorch.js';
import { howToGetCompiler } from './remedy.js';
import { runProgram } from './run-program.js';
import { libraryFolders } from './tree.js';

export interface Compiler {
  /** The program and what stands before our arguments: `CXX` may be `ccache g++`. */
  readonly command: readonly string[];
  /** First line of what it says of itself. */
  readonly version: string;
}

/** The bridge itself is written in C++17, whatever less a libtorch asks for. */
const BRIDGE_STANDARD = 17;

/**
 * `CXX`, else the first of g++ and clang++ on `PATH`.
 * @throws KdxError `KDX_TORCH_COMPILER` where there is none
 */
export async function findCompiler(host: Host): Promise<Compiler> {
  const named = (host.env.CXX ?? '').split(/\s+/).filter((word) => word !== '');
  const names = host.platform === 'darwin' ? ['clang++', 'c++', 'g++'] : ['g++', 'clang++', 'c++'];
  const command = named.length > 0 ? named : names.filter((name) => isOnPath(host, name)).slice(0, 1);
  const asked =
    command.length === 0
      ? null
      : await runProgram(command[0], [...command.slice(1), '--version'], {
          env: host.env,
          timeoutMs: 30_000,
        });
  if (asked?.code === 0) return { command, version: asked.stdout.split('\n')[0].trim() };
  const what =
    named.length > 0
      ? `CXX is "${host.env.CXX}", which does not start`
      : asked === null
        ? `There is no C++ compiler (${names.join(', ')}) on PATH`
        : `${command[0]} does not start (${asked.stderr.trim().split('\n')[0]})`;
  throw kdxError(
    'KDX_TORCH_COMPILER',
    `${what}; the torch back end's bridge is compiled once: install a compiler with: ${howToGetCompiler(host)}, or set CXX to one.`,
  );
}

const isOnPath = ({ env }: Host, name: string): boolean =>
  searchPath(env).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** What is compiled with what. */
export interface Compilation {
  readonly libtorch: Libtorch;
  readonly standard: number;
  /** Folder of `bridge.cc`. */
  readonly sources: string;
  /** Folder of `node_api.h`. */
  readonly nodeApi: string;
  readonly output: string;
}

/** The compiler's arguments that make `bridge.node` of `bridge.cc`. */
export function compileArguments(
  platform: NodeJS.Platform,
  { libtorch, standard, sources, nodeApi, output }: Compilation,
): string[] {
  const folders = libraryFolders(libtorch);
  const isMac = platform === 'darwin';
  return [
    ...['-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', `-I${nodeApi}`, `-I${sources}`],
    ...headerArguments(libtorch, standard),
    join(sources, 'bridge.cc'),
    ...['-o', output],
    ...folders.map((folder) => `-L${folder}`),
    // Node's own functions are found at load. An rpath that counts for what libtorch needs in its turn, and before
    // LD_LIBRARY_PATH, keeps a second libtorch on the machine out of this one's process.
    ...(isMac ? ['-undefined', 'dynamic_lookup'] : ['-Wl,--no-as-needed', '-Wl,--disable-new-dtags']),
    ...libtorch.libraries.map((name) => `-l${name}`),
    ...folders.flatMap((folder) => ['-Xlinker', '-rpath', '-Xlinker', folder]),
  ];
}

/** Arguments without which libtorch's headers do not compile. */
function headerArguments({ includeDirs, cxx11Abi }: Libtorch, standard: number): string[] {
  return [
    `-std=c++${standard}`,
    ...(cxx11Abi === null ? [] : [`-D_GLIBCXX_USE_CXX11_ABI=${cxx11Abi ? 1 : 0}`]),
    // A compiler's own folder named as a system folder changes the order that its C++ library depends on.
    ...includeDirs.filter((folder) => folder !== '/usr/include').flatMap((folder) => ['-isystem', folder]),
  ];
}

/** The C++ standard to build with: what libtorch asks for, else the first that its headers compile with. */
export async function standardFor(host: Host, { command }: Compiler, libtorch: Libtorch): Promise<number> {
  if (libtorch.cxxStandard !== null) return Math.max(BRIDGE_STANDARD, libtorch.cxxStandard);
  for (const standard of [BRIDGE_STANDARD, 20, 23]) {
    const args = [
      ...headerArguments(libtorch, standard),
      '-fsyntax-only',
      '-x',
      'c++',
      '-include',
      'ATen/ATen.h',
    ];
    const probe = await runProgram(command[0], [...command.slice(1), ...args, '/dev/null'], {
      env: host.env,
    });
    if (probe.code === 0) return standard;
  }
  // None compiles: the build itself fails with the standard nearest to its time, and says why.
  return libtorch.version.startsWith('1.') ? BRIDGE_STANDARD : 20;
}
