/** A libtorch with headers, found on this machine, and what a compiler must know of it. */
export interface Libtorch {
  /** Where it comes from, in words: `KDX_LIBTORCH`, `/usr/bin/python3`, `the system`. */
  readonly source: string;
  /** As it calls itself: `1.13.0`, `2.15.0+cu132`. */
  readonly version: string;
  readonly includeDirs: readonly string[];
  /** The folder of `libtorch_cpu`, as it was found: symbolic links are not followed. */
  readonly libDir: string;
  /** Names for `-l`. All are kept by the linker: the CUDA libraries register themselves and nothing names them. */
  readonly libraries: readonly string[];
  /** Which `std::string` it was compiled with; null where the question does not arise (macOS). */
  readonly cxx11Abi: boolean | null;
  /** The C++ standard that its headers ask for, e.g. 17; null where neither they nor its CMake files say so. */
  readonly cxxStandard: number | null;
  readonly cuda: LibtorchCuda | null;
  /** The file that tells this libtorch from others. */
  readonly cpuLibrary: FileIdentity;
}

export interface LibtorchCuda {
  /** `13.2`, or its major number alone where no more can be told. */
  readonly version: string;
}

/** A file, and enough of it to notice that it was replaced. */
export interface FileIdentity {
  /** Without symbolic links. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** The earliest version that kdx works with: Debian 12's. */
export const OLDEST_VERSION = '1.13';

/** `libtorch 1.13.0 in /usr/lib/x86_64-linux-gnu`. */
export const nameOf = ({ version, libDir }: Pick<Libtorch, 'version' | 'libDir'>): string =>
  `libtorch ${version} in ${libDir}`;

/** `libtorch 2.1.0 in /opt/libtorch/lib (from KDX_LIBTORCH), with CUDA 12.1`. */
export const describe = (libtorch: Libtorch): string =>
  `${nameOf(libtorch)} (from ${libtorch.source}), ${libtorch.cuda === null ? 'without CUDA' : `with CUDA ${libtorch.cuda.version}`}`;

/** Whether a version is {@link OLDEST_VERSION} or later. */
export function isRecentEnough(version: string): boolean {
  const [major, minor] = numbersOf(version);
  const [oldestMajor, oldestMinor] = numbersOf(OLDEST_VERSION);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** Whether two versions agree in major, minor and patch: `1.13.0a0` and `1.13.0` do. */
export const isSameRelease = (a: string, b: string): boolean =>
  numbersOf(a).every((number, i) => number === numbersOf(b)[i]);

const numbersOf = (version: string): number[] =>
  [0, 1, 2].map((i) => Number.parseInt(version.split('.')[i] ?? '0', 10));
