import { readFileSync } from 'node:fs';
import type { Host } from './host.js';

export const BUILD_COMMAND = 'kdx backend build torch';

/** Debian's packages: libtorch, a BLAS in place of the reference one that it computes with otherwise, and a compiler. */
const DEBIAN_PACKAGES = ['libtorch-dev', 'libopenblas0-pthread', 'g++'] as const;

/** How to get a libtorch on this system: the end of a sentence. */
export function howToGetLibtorch({ platform }: Pick<Host, 'platform'>): string {
  const anywhere =
    'or install PyTorch into any Python (pip install torch), or set KDX_LIBTORCH to an unpacked libtorch';
  if (platform === 'win32') return 'use kdx under WSL';
  if (platform === 'darwin')
    return `install it with: brew install pytorch; ${anywhere}; then: ${BUILD_COMMAND}`;
  if (isDebian())
    return `install it with: apt-get install ${DEBIAN_PACKAGES.join(' ')}; ${anywhere}; then: ${BUILD_COMMAND} (in kdx's repository one command does both: npm run setup:torch)`;
  return `install PyTorch into any Python (pip install torch) or set KDX_LIBTORCH to an unpacked libtorch; then: ${BUILD_COMMAND}`;
}

/** How to get a C++ compiler on this system. */
export function howToGetCompiler({ platform }: Pick<Host, 'platform'>): string {
  if (platform === 'darwin') return 'xcode-select --install';
  return isDebian() ? 'apt-get install g++' : "your system's package of g++ or clang";
}

/** Whether this is Debian, Ubuntu, or one that says it is like them. */
export function isDebian(osRelease = '/etc/os-release'): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync(osRelease, 'utf8'));
  } catch {
    return false;
  }
}
