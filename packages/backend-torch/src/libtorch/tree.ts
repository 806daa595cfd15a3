import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CUDA_LIBRARIES, cudaOf } from './cuda.js';
import { identityOf } from './files.js';
import { type Host, multiarch } from './host.js';
import { cmakeConfigOf, cxx11AbiOf, standardOf, versionOfHeaders } from './inspect-tree.js';
import { isRecentEnough, isSameRelease, type Libtorch, OLDEST_VERSION } from './libtorch.js';

/** Folders in which a libtorch may lie, in the order in which they are looked at, and what is known beforehand. */
export interface Tree {
  /** See {@link Libtorch.source}. */
  readonly source: string;
  readonly libDirs: readonly string[];
  readonly includeDirs: readonly string[];
  /** What its Python says of it; null where there is no Python to ask. */
  readonly stated: Stated | null;
}

export interface Stated {
  readonly version: string;
  readonly cxx11Abi: boolean;
  /** Null for a build without CUDA. */
  readonly cuda: string | null;
}

/** A libtorch, or why there is none to be had of a tree: part of a sentence. */
export type Inspected = { readonly libtorch: Libtorch } | { readonly obstacle: string };

/** The tree below a prefix: PyTorch's libtorch zip, `/usr`, a Homebrew prefix, or `site-packages/torch`. */
export const treeBelow = (host: Host, prefix: string, source: string): Tree => ({
  source,
  libDirs: [join(prefix, 'lib'), join(prefix, 'lib64'), join(prefix, 'lib', multiarch(host))],
  includeDirs: [join(prefix, 'include')],
  stated: null,
});

/** Reads what a compiler must know from the files of a tree; nothing of it is executed. */
export function inspect(host: Host, { source, libDirs, includeDirs, stated }: Tree): Inspected {
  const extension = host.platform === 'darwin' ? '.dylib' : '.so';
  const holds = (folder: string, name: string): boolean => existsSync(join(folder, `lib${name}${extension}`));
  const libDir = libDirs.find((folder) => holds(folder, 'torch_cpu') && holds(folder, 'c10'));
  if (libDir === undefined) {
    const statik = libDirs.find((folder) => existsSync(join(folder, 'libtorch_cpu.a')));
    if (statik !== undefined)
      return { obstacle: `${statik} holds a static libtorch, and kdx needs the shared one` };
    return { obstacle: `no libtorch_cpu${extension} and libc10${extension} in ${libDirs.join(' or ')}` };
  }
  // Headers of another release compile and then fail in ways that no message explains.
  const headers = includeDirs
    .filter((folder) => existsSync(join(folder, 'ATen/ATen.h')))
    .map((folder) => ({ folder, version: versionOfHeaders(folder) }));
  const fitting = headers.find(
    ({ version }) => version !== null && (stated === null || isSameRelease(version, stated.version)),
  );
  if (fitting === undefined) {
    const version = stated === null ? 'libtorch' : `PyTorch ${stated.version}`;
    const others = headers.map(
      (header) => `those in ${header.folder} are of ${header.version ?? 'no version'}`,
    );
    const detail = others.length === 0 ? `none in ${includeDirs.join(' or ')}` : others.join(', ');
    return {
      obstacle: `${version} in ${libDir} lacks its C++ headers (${detail}; Debian has them in libtorch-dev)`,
    };
  }
  const version = stated?.version ?? fitting.version!;
  if (!isRecentEnough(version))
    return { obstacle: `libtorch ${version} in ${libDir} is too old, kdx needs ${OLDEST_VERSION} or later` };
  const optional = ['torch', ...CUDA_LIBRARIES].filter((name) => holds(libDir, name));
  return {
    libtorch: {
      source,
      version,
      includeDirs: [fitting.folder, join(fitting.folder, 'torch/csrc/api/include')],
      libDir,
      libraries: ['c10', 'torch_cpu', ...optional],
      cxx11Abi:
        host.platform === 'darwin' ? null : (stated?.cxx11Abi ?? cxx11AbiOf(join(libDir, 'libc10.so'))),
      cxxStandard: standardOf(fitting.folder, cmakeConfigOf(libDir)),
      cuda: host.platform === 'darwin' ? null : cudaOf(libDir, stated?.cuda ?? null),
      cpuLibrary: identityOf(join(libDir, `libtorch_cpu${extension}`))!,
    },
  };
}

/** Where the linker must look besides the folder itself: its files may be links into another. */
export const libraryFolders = ({ libDir, cpuLibrary }: Libtorch): string[] => [
  ...new Set([libDir, dirname(cpuLibrary.path)]),
];
