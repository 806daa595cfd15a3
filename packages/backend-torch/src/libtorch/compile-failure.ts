import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { Compiler } from './compiler.js';
import { type Libtorch, nameOf } from './libtorch.js';
import type { ProgramResult } from './run-program.js';

/** What a compiler that failed is told apart by, and what mends it. */
export function compileFailure(
  { command, version }: Compiler,
  libtorch: Libtorch,
  standard: number,
  folder: string,
  { stdout, stderr, signal }: ProgramResult,
): KdxError {
  const output = `${stderr}\n${stdout}`;
  const compiler = command.join(' ');
  if (/No space left on device|Disk quota exceeded/.test(output)) return diskFull(folder);
  if (/(unrecognized|invalid|unknown).*-std=|invalid value 'c\+\+/.test(output))
    return kdxError(
      'KDX_TORCH_COMPILER',
      `${compiler} (${version}) does not know C++${standard}, which ${nameOf(libtorch)} needs; install a newer compiler and set CXX to it.`,
    );
  if (signal !== null || /Killed signal|out of memory|virtual memory exhausted/.test(output))
    return kdxError(
      'KDX_TORCH_BUILD',
      `${compiler} was killed while it compiled the torch back end's bridge, most likely for want of memory; it needs 2 GB free.`,
    );
  const lines = output.split('\n').map((line) => line.trim());
  const first =
    lines.find((line) => /\b(error|undefined reference|cannot find)\b/.test(line)) ??
    (lines.find((line) => line !== '') || 'it wrote no file');
  return kdxError(
    'KDX_TORCH_BUILD',
    `${compiler} (${version}) could not build the torch back end's bridge against ${nameOf(libtorch)}: ${first}; with --verbose kdx backend build torch shows all that it printed.`,
    { cause: output.trim() },
  );
}

/** The cache folder takes no file. */
export function folderFailure(folder: string, error: unknown): KdxError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(folder);
  return kdxError(
    'KDX_TORCH_BUILD',
    `The folder for built bridges, "${folder}", cannot be written (${message}); set KDX_TORCH_BUILD to another.`,
    { cause: error },
  );
}

const diskFull = (folder: string): KdxError =>
  kdxError(
    'KDX_TORCH_BUILD',
    `The disk is full: no room for the torch back end's bridge in "${folder}" or for the compiler in its temporary folder; free space, or set KDX_TORCH_BUILD and TMPDIR to other disks.`,
  );
