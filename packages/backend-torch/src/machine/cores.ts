import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { textOf } from '../libtorch/files.js';

const CGROUP = '/sys/fs/cgroup';

/**
 * Processor time that Linux control groups grant this process, in cores; infinity without a limit. A container started
 * with `--cpus 1.5` sees all cores of its machine and gets 1.5.
 * @param membership text of `/proc/self/cgroup`
 * @param read text of a file, empty where there is none
 */
export function coreQuota(membership = textOf('/proc/self/cgroup'), read = textOf): number {
  const paths = membership.split('\n').flatMap((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    return controllers === '' || controllers.split(',').includes('cpu') ? withParents(path) : [];
  });
  // Inside a container the path may be that of the host, which is not mounted; the root is this group then.
  const quotas = [...new Set([...paths, '/'])].flatMap((path) => [
    quotaOf(read(join(CGROUP, path, 'cpu.max'))),
    quotaOf(
      `${read(join(CGROUP, 'cpu', path, 'cpu.cfs_quota_us')).trim()} ${read(join(CGROUP, 'cpu', path, 'cpu.cfs_period_us'))}`,
    ),
  ]);
  return Math.min(...quotas);
}

/** A path and all above it: each of them may have a limit. */
function withParents(path: string): string[] {
  return path === '/' || path === '' ? [] : [path, ...withParents(dirname(path))];
}

/** `50000 100000` is half a core; `max 100000`, `-1 100000` and nothing are no limit. */
function quotaOf(text: string): number {
  const [quota, period] = text.trim().split(/\s+/).map(Number) as [number, number?];
  return quota > 0 && period !== undefined && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

/** Cores that this process may use: those of its affinity, no more than its control groups grant, at least 1. */
export const usableCores = (available = availableParallelism(), quota = coreQuota()): number =>
  Math.max(1, Math.min(available, Math.ceil(quota)));
