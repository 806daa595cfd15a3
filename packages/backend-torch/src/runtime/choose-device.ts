import { kdxError } from '../errors.js';

/**
 * The CUDA device that a user's words name, -1 for the CPU. `auto` is the first CUDA device, where there is one.
 * @param devices how many CUDA devices libtorch sees
 * @throws KdxError `KDX_BACKEND_SETTING`
 */
export function chooseDevice(wanted: string, devices: number): number {
  if (wanted === 'cpu') return -1;
  if (wanted === 'auto') return devices > 0 ? 0 : -1;
  const index = /^cuda(?::(\d+))?$/.exec(wanted);
  if (!index) {
    throw kdxError(
      'KDX_BACKEND_SETTING',
      `There is no device "${wanted}"; choose cpu, cuda, cuda:0 or auto.`,
    );
  }
  const device = Number(index[1] ?? 0);
  if (device < devices) return device;
  const there = devices === 0 ? 'no CUDA device' : `${devices} CUDA device${devices === 1 ? '' : 's'}`;
  throw kdxError(
    'KDX_BACKEND_SETTING',
    `There is no device "${wanted}": libtorch sees ${there} here; take --device cpu, or a libtorch built for CUDA ("kdx doctor" says which is in use).`,
  );
}
