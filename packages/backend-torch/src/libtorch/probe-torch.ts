import { isKdxError } from '@kdx/tensor';
import type { BuildRecord } from './build-record.js';
import { builtBridge, type LoadOptions } from './load-bridge.js';

export interface TorchProbe {
  readonly available: boolean;
  /** Empty when available; else what is missing and the command that mends it. */
  readonly reason: string;
  /** What the bridge was built against; null when not available. */
  readonly record: BuildRecord | null;
  /** Path of the bridge; null when not available. */
  readonly file: string | null;
}

/**
 * Whether the bridge is built, fits the libtorch on this machine and loads, without loading it into this process. Takes
 * milliseconds once a bridge is built. Never throws a `KdxError`.
 */
export async function probeTorch(options: LoadOptions = {}): Promise<TorchProbe> {
  try {
    const { record, file } = await builtBridge(options);
    return { available: true, reason: '', record, file };
  } catch (error) {
    if (!isKdxError(error)) throw error;
    return { available: false, reason: error.message, record: null, file: null };
  }
}
