import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells whether two processes can see each other's locks. */
export interface Machine {
  readonly host: string;
  /** Id of the running kernel, which all containers of a machine share. Linux only. */
  readonly boot?: string;
  /** Id of the machine, the same after a restart; hashed, since Linux asks not to pass its machine id around. */
  readonly id?: string;
  /** The process-id namespace, without which a process number says nothing. */
  readonly pids?: string;
}

const textOf = (read: () => string): string | undefined => {
  try {
    return read().trim() || undefined;
  } catch {
    // Not on Linux, or a container that hides it.
    return undefined;
  }
};

let machine: Machine | undefined;

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  if (machine) return machine;
  const host = hostname();
  const linux = process.platform === 'linux';
  const machineId = linux ? textOf(() => readFileSync('/etc/machine-id', 'utf8')) : host;
  machine = {
    host,
    boot: linux ? textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) : undefined,
    id: machineId && createHash('sha256').update(`kdx ${host} ${machineId}`).digest('hex').slice(0, 16),
    pids: linux ? textOf(() => readlinkSync('/proc/self/ns/pid')) : host,
  };
  return machine;
}

/** Whether a process of that machine, if it were alive, would run on this machine's kernel. */
export function isThisMachine(other: Machine): boolean {
  const { boot, id } = thisMachine();
  return (boot !== undefined && other.boot === boot) || (id !== undefined && other.id === id);
}
