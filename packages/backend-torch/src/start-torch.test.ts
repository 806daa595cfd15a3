import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { Bridge } from './libtorch/bridge.js';
import type { TorchChoices } from './machine/torch-choices.js';
import { startTorch } from './start-torch.js';

/** A bridge to no libtorch, which sees two CUDA devices and holds tensors by number alone. */
function fakeBridge(): Bridge & { readonly devices: number[] } {
  const devices: number[] = [];
  const bridge: Partial<Bridge> & { devices: number[] } = {
    builtWith: '9.9.9',
    hasOneDnn: false,
    devices,
    cudaDevices: () => 2,
    setThreads: (threads) => threads,
    fromHost: (_values, _shape, _type, device) => devices.push(device),
    free: () => {},
  };
  return bridge as Bridge & { devices: number[] };
}

/** For what leaves nothing to choose. */
const NO_CHOICES = {} as TorchChoices;

test('settings reach the back end, and the device is for good once there are tensors', async (t) => {
  const bridge = fakeBridge();
  t.deepEqual(await startTorch(bridge, NO_CHOICES, { threads: 3 }), {
    name: 'torch',
    build: 'libtorch 9.9.9',
    threads: 3,
    device: 'cuda:0',
    precision: 'float32',
  });
  const info = await startTorch(bridge, NO_CHOICES, { device: 'cuda:1', precision: 'bf16', threads: 1 });
  t.like(info, { device: 'cuda:1', precision: 'bf16', threads: 1 });
  const x = tf.tensor1d([1]);
  // Data goes to the device with its first use.
  (tf.backend() as unknown as { incRef(id: object): void }).incRef(x.dataId);
  t.deepEqual(bridge.devices, [1]);
  await t.throwsAsync(startTorch(bridge, NO_CHOICES, { device: 'cpu', threads: 1 }), {
    instanceOf: KdxError,
    code: 'KDX_BACKEND_SETTING',
    message: /already computes on cuda:1 in this process/,
  });
  t.like(await startTorch(bridge, NO_CHOICES, { device: 'cuda:1', threads: 2 }), {
    threads: 2,
    precision: 'float32',
  });
});
