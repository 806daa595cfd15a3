import { textOf } from './files.js';

/** Flags of Linux that matter to libtorch's kernels, from the least to the most. */
const FLAGS = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'sve', 'bf16'] as const;

/**
 * The vector instructions of this processor that libtorch has kernels for, as Linux lists them in `/proc/cpuinfo`;
 * empty where it has none or the system does not say.
 */
export function vectorInstructions(cpuinfo = textOf('/proc/cpuinfo')): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return FLAGS.filter((flag) => flags.has(flag));
}
