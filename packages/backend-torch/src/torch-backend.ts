import { availableParallelism, totalmem } from 'node:os';
import { type Backend, type BackendInfo, type BackendNote, type BackendSettings } from '@kdx/tensor';
import { kdxError } from './errors.js';
import { loadBridge } from './libtorch/load-bridge.js';
import { probeTorch } from './libtorch/probe-torch.js';
import { torchChoices } from './machine/torch-choices.js';
import { waitPassively } from './machine/wait-passively.js';
import { startTorch } from './start-torch.js';

/** Of the machine's memory, so that a step too large ends with an error and not with the process. */
const MEMORY_SHARE = 0.9;

/**
 * Upper bound of the memory that tensors take on the host, in bytes: what `KDX_TORCH_MEMORY` says, else a share of what
 * this process may have.
 * @throws KdxError `KDX_BACKEND_SETTING`
 */
function memoryLimit(): number {
  const given = process.env.KDX_TORCH_MEMORY;
  if (!given)
    return MEMORY_SHARE * Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  if (Number(given) > 0 && Number.isFinite(Number(given))) return Number(given);
  throw kdxError('KDX_BACKEND_SETTING', `KDX_TORCH_MEMORY takes a number of bytes and got "${given}".`);
}

const PRECISIONS: readonly BackendSettings['precision'][] = ['float32', 'bf16', 'auto'];

/** More threads than this a core only wait for each other, and far more take the process down. */
const THREADS_PER_CORE = 8;

/** @throws KdxError `KDX_BACKEND_SETTING` */
function check({ precision = 'float32', threads = 'auto' }: Partial<BackendSettings>): void {
  const most = THREADS_PER_CORE * availableParallelism();
  if (threads !== 'auto' && !(Number.isInteger(threads) && threads > 0 && threads <= most)) {
    throw kdxError(
      'KDX_BACKEND_SETTING',
      `--threads takes auto or a whole number from 1 to ${most} on this machine and got ${threads}.`,
    );
  }
  if (!PRECISIONS.includes(precision)) {
    throw kdxError('KDX_BACKEND_SETTING', `--precision takes float32, bf16 or auto and got ${precision}.`);
  }
}

async function load(settings: Partial<BackendSettings> = {}, note?: BackendNote): Promise<BackendInfo> {
  check(settings);
  const limit = memoryLimit();
  waitPassively();
  const { bridge, record } = await loadBridge();
  bridge.setMemoryLimit(limit);
  return startTorch(bridge, torchChoices(record), settings, note);
}

let last: Promise<unknown> = Promise.resolve();

/**
 * TensorFlow.js on libtorch, PyTorch's own library, on the CPU or a CUDA device. The library is the user's
 * (`npm run setup:torch`, or any PyTorch); `kdx backend build torch` compiles the bridge to it.
 */
export function torchBackend(): Backend {
  return {
    name: 'torch',
    speedRank: 30,
    probe: async () => {
      const { available, reason } = await probeTorch();
      return { available, reason };
    },
    // One after the other: each sets up the engine's one current back end.
    load: (settings, note) => {
      const mine = last.then(
        () => load(settings, note),
        () => load(settings, note),
      );
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
