import { kdxError } from '../errors.js';
import type { BackendSettings } from './backend.js';

/**
 * For a back end that computes in float32 on one thread of the CPU: refuses every other setting.
 * @throws KdxError `KDX_BACKEND_SETTING`
 */
export function refuseSettings(backend: string, settings: Partial<BackendSettings>): void {
  const { device = 'auto', precision = 'float32', threads = 'auto' } = settings;
  const refuse = (asked: string, instead: string): never => {
    throw kdxError(
      'KDX_BACKEND_SETTING',
      `The ${backend} back end has no ${asked}; leave ${instead} out, or take --backend torch.`,
    );
  };
  if (device !== 'auto' && device !== 'cpu') refuse(`device "${device}"`, '--device');
  if (precision !== 'float32' && precision !== 'auto') refuse(`precision ${precision}`, '--precision');
  if (threads !== 'auto' && threads !== 1) refuse(`${threads} threads`, '--threads');
}
