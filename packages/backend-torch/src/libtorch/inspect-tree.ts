import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstExisting, textOf } from './files.js';

/** Below a folder of headers: those that say the version; the second file is read where the first only includes it. */
const VERSION_HEADERS = ['torch/csrc/api/include/torch/version.h', 'torch/headeronly/version.h'];

/** `1.13.0`: the version that headers state; null where they state none. */
export function versionOfHeaders(includeDir: string): string | null {
  for (const header of VERSION_HEADERS) {
    const text = textOf(join(includeDir, header));
    const parts = ['MAJOR', 'MINOR', 'PATCH'].map(
      (part) => new RegExp(`#define\\s+TORCH_VERSION_${part}\\s+(\\d+)`).exec(text)?.[1],
    );
    if (parts.every((part) => part !== undefined)) return parts.join('.');
  }
  return null;
}

/** Text of the `TorchConfig.cmake` that belongs to a folder of libraries; empty where there is none. */
export function cmakeConfigOf(libDir: string): string {
  const file = firstExisting(
    ['..', '../..', '.'].flatMap((up) => [
      join(libDir, up, 'share/cmake/Torch/TorchConfig.cmake'),
      join(libDir, up, 'cmake/Torch/TorchConfig.cmake'),
    ]),
  );
  return file === null ? '' : textOf(file);
}

/** The C++ standard that the headers insist on or the CMake file sets, the later of the two; null where none is named. */
export function standardOf(includeDir: string, cmakeConfig: string): number | null {
  const header = textOf(join(includeDir, 'ATen/ATen.h'));
  const named = [
    ...header.matchAll(/#error C\+\+(\d\d) or later/g),
    ...cmakeConfig.matchAll(/(?:-std=c\+\+|cxx_std_|CXX_STANDARD\s+)(\d\d)/g),
  ].map(([, standard]) => Number(standard));
  return named.length === 0 ? null : Math.max(...named);
}

/**
 * Whether libtorch was compiled with the strings of C++11 (`_GLIBCXX_USE_CXX11_ABI`), told by the name that a
 * constructor of `c10::Error`, which takes a string, has in `libc10`; null where it has neither name.
 */
export function cxx11AbiOf(c10Library: string): boolean | null {
  let symbols: string;
  try {
    symbols = readFileSync(c10Library, 'latin1');
  } catch {
    return null;
  }
  if (/_ZN3c105ErrorC[12]E\w*NSt7__cxx11/.test(symbols)) return true;
  return /_ZN3c105ErrorC[12]E\w*Ss/.test(symbols) ? false : null;
}
