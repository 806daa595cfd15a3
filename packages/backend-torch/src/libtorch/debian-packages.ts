import { isKdxError } from '@kdx/tensor';
import { findCompiler } from './compiler.js';
import type { Host } from './host.js';
import type { Libtorch } from './libtorch.js';
import { runProgram } from './run-program.js';

/** Where Debian's own libtorch lies: it computes with the system's BLAS, PyTorch's own builds bring theirs. */
const SYSTEM_LIBRARIES = /^\/usr\/lib\//;

/**
 * Debian's packages that the back end lacks here: libtorch where none was found, OpenBLAS where Debian's libtorch is
 * the one and would compute with the reference BLAS, and a compiler.
 */
export async function packagesToInstall(host: Host, libtorch: Libtorch | null): Promise<string[]> {
  const usesSystemBlas = libtorch === null || SYSTEM_LIBRARIES.test(libtorch.cpuLibrary.path);
  return [
    ...(libtorch === null ? ['libtorch-dev'] : []),
    ...(usesSystemBlas && !(await hasOpenBlas(host)) ? ['libopenblas0-pthread'] : []),
    ...((await hasCompiler(host)) ? [] : ['g++']),
  ];
}

async function hasOpenBlas({ env }: Host): Promise<boolean> {
  const { stdout } = await runProgram('dpkg', ['--get-selections', 'libopenblas0-*'], { env });
  return /^libopenblas0-\S+\s+install$/m.test(stdout);
}

async function hasCompiler(host: Host): Promise<boolean> {
  try {
    await findCompiler(host);
    return true;
  } catch (error) {
    if (isKdxError(error)) return false;
    throw error;
  }
}
