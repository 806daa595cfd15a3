import {
  type BackendInfo,
  type BackendNote,
  type BackendSettings,
  DEFAULT_BACKEND_SETTINGS,
} from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from './errors.js';
import { installKernels } from './install/install-kernels.js';
import type { Bridge } from './libtorch/bridge.js';
import type { TorchChoices } from './machine/torch-choices.js';
import { chooseDevice } from './runtime/choose-device.js';
import { TorchKernelBackend } from './runtime/torch-kernel-backend.js';
import { type SettledPrecision, settlePrecision } from './settle-precision.js';
import { settleThreads } from './settle-threads.js';

/**
 * Registers the back end `torch` on a loaded bridge, makes it the current one and sets it up. Tensors stay on the
 * device they were made on, so the device is for good once there are any.
 * @param choices what this machine chose before, or will keep
 * @throws KdxError `KDX_BACKEND_SETTING`, `KDX_BACKEND_PRECISION`, `KDX_BACKEND_UNAVAILABLE`
 */
export async function startTorch(
  bridge: Bridge,
  choices: TorchChoices,
  settings: Partial<BackendSettings> = {},
  note: BackendNote = () => {},
): Promise<BackendInfo> {
  const {
    device: named = DEFAULT_BACKEND_SETTINGS.device,
    precision: asked = DEFAULT_BACKEND_SETTINGS.precision,
    threads = DEFAULT_BACKEND_SETTINGS.threads,
  } = settings;
  const device = chooseDevice(named, bridge.cudaDevices());
  if (!tf.findBackend('torch')) {
    installKernels();
    tf.registerBackend('torch', () => new TorchKernelBackend(bridge), 0);
  }
  const backend = tf.findBackend('torch') as TorchKernelBackend;
  if (backend.device !== device && backend.numDataIds() > 0) {
    throw kdxError(
      'KDX_BACKEND_SETTING',
      `The torch back end already computes on ${backend.deviceName} in this process; run what needs another device in a process of its own.`,
    );
  }
  if (!(await tf.setBackend('torch'))) {
    throw kdxError('KDX_BACKEND_UNAVAILABLE', 'TensorFlow.js could not initialise the torch back end.');
  }
  const onCuda = device >= 0;
  // What a CUDA device computes in bf16 has not been tried; `auto` keeps to float32 there.
  const { precision, hasBf16Convolution }: SettledPrecision = onCuda
    ? { precision: asked === 'bf16' ? 'bf16' : 'float32', hasBf16Convolution: false }
    : await settlePrecision(bridge, choices, asked, note);
  backend.device = device;
  backend.bf16 = precision === 'bf16';
  backend.hasBf16Convolution = hasBf16Convolution;
  return {
    name: 'torch',
    build: `libtorch ${bridge.builtWith}`,
    threads:
      threads === 'auto' ? await settleThreads(bridge, choices, precision, note) : bridge.setThreads(threads),
    device: backend.deviceName,
    precision,
  };
}
