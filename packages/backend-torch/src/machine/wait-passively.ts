/**
 * OpenMP's threads spin while they wait, and on few cores take the time of the one that works. Read when libtorch is
 * loaded, once a process.
 */
export function waitPassively(): void {
  process.env.OMP_WAIT_POLICY ??= 'passive';
  process.env.GOMP_SPINCOUNT ??= '0';
}
