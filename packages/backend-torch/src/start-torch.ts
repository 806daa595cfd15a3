import { type BackendInfo, type BackendSettings, DEFAULT_BACKEND_SETTINGS, KdxError } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from './install/install-kernels.js';
import type { Bridge } from './libtorch/bridge.js';
import { chooseDevice } from './runtime/choose-device.js';
import { chooseThreads } from './runtime/choose-threads.js';
import { TorchKernelBackend } from './runtime/torch-kernel-backend.js';

/**
 * Registers the back end `torch` on a loaded bridge, makes it the current one and sets it up. Tensors stay on the
 * device they were made on, so the device is for good once there are any.
 * @throws KdxError `KDX_BACKEND_SETTING`, `KDX_BACKEND_UNAVAILABLE`
 */
export async function startTorch(
  bridge: Bridge,
  settings: Partial<BackendSettings> = {},
): Promise<BackendInfo> {
  const {
    device: named = DEFAULT_BACKEND_SETTINGS.device,
    precision = DEFAULT_BACKEND_SETTINGS.precision,
    threads = DEFAULT_BACKEND_SETTINGS.threads,
  } = settings;
  const device = chooseDevice(named, bridge.cudaDevices());
  if (!tf.findBackend('torch')) {
    installKernels();
    tf.registerBackend('torch', () => new TorchKernelBackend(bridge), 0);
  }
  const backend = tf.findBackend('torch') as TorchKernelBackend;
  if (backend.device !== device && backend.numDataIds() > 0) {
    throw new KdxError(
      'KDX_BACKEND_SETTING',
      `The torch back end already computes on ${backend.deviceName} in this process; run what needs another device in a process of its own.`,
    );
  }
  if (!(await tf.setBackend('torch'))) {
    throw new KdxError('KDX_BACKEND_UNAVAILABLE', 'TensorFlow.js could not initialise the torch back end.');
  }
  backend.device = device;
  backend.bf16 = precision === 'bf16';
  return {
    name: 'torch',
    build: `libtorch ${bridge.builtWith}`,
    threads: threads === 'auto' ? chooseThreads(bridge) : bridge.setThreads(threads),
    device: backend.deviceName,
    precision,
  };
}
