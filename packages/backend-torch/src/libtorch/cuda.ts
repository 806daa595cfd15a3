import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './files.js';
import type { LibtorchCuda } from './libtorch.js';

/** Libraries of a CUDA build in link order; 1.13 came split in some builds. */
export const CUDA_LIBRARIES = ['c10_cuda', 'torch_cuda', 'torch_cuda_cpp', 'torch_cuda_cu'] as const;

/**
 * The CUDA of a libtorch, whose version is what Python said, else what `build-version` of the zip says, else the one
 * that `libc10_cuda` is linked with. Null where there is no `libtorch_cuda`.
 */
export function cudaOf(libDir: string, stated: string | null): LibtorchCuda | null {
  const c10 = join(libDir, 'libc10_cuda.so');
  if (!existsSync(c10) || !existsSync(join(libDir, 'libtorch_cuda.so'))) return null;
  return { version: stated ?? versionOfZip(libDir) ?? versionOfRuntime(c10) ?? 'unknown' };
}

/** `2.1.0+cu121` is CUDA 12.1. */
function versionOfZip(libDir: string): string | null {
  const digits = /\+cu(\d+)(\d)\s*$/.exec(textOf(join(libDir, '../build-version')));
  return digits === null ? null : `${digits[1]}.${digits[2]}`;
}

/** The major number in the name of the runtime library it needs: `libcudart.so.12`, `libcudart-9d1c.so.11.0`. */
const versionOfRuntime = (c10Cuda: string): string | null =>
  /libcudart(?:-[0-9a-f]+)?\.so\.(\d+)/.exec(textOf(c10Cuda))?.[1] ?? null;
