import { arch, availableParallelism, cpus, platform } from 'node:os';
import type { BuildRecord } from '../libtorch/build-record.js';
import { vectorInstructions } from '../libtorch/processor.js';
import { usableCores } from './cores.js';

/** Variables that change how fast libtorch and the libraries below it compute. */
const VARIABLES =
  /^(ATEN_CPU_CAPABILITY|(ONEDNN|DNNL)_(MAX_CPU_ISA|CPU_ISA_HINTS|DEFAULT_FPMATH_MODE)|OPENBLAS_\w+|MKL_\w+|OMP_\w+|GOMP_\w+|KMP_\w+)$/;

/** What decides how fast libtorch computes here, as plain data. */
export type MachineKey = Readonly<Record<string, unknown>>;

/** The machine as this process may use it, and the library that computes on it. */
export function machineKey({ key, libtorch }: BuildRecord, env = process.env): MachineKey {
  const { version, cpuLibrary } = libtorch;
  return {
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    instructions: vectorInstructions(),
    cores: cpus().length,
    available: availableParallelism(),
    usable: usableCores(),
    libtorch: { version, ...cpuLibrary },
    bridge: key,
    variables: Object.fromEntries(
      Object.entries(env)
        .filter(([name, value]) => VARIABLES.test(name) && value !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}
