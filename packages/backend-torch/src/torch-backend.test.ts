import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { TorchKernelBackend } from './runtime/torch-kernel-backend.js';
import { torchTest } from './testing/torch-test.js';
import { torchBackend } from './torch-backend.js';

test('settings that no machine has are refused before anything is loaded', async (t) => {
  const refused = (settings: object, message: RegExp) =>
    t.throwsAsync(torchBackend().load(settings), {
      instanceOf: KdxError,
      code: 'KDX_BACKEND_SETTING',
      message,
    });
  for (const threads of [0, -1, 1.5, Number.NaN, 1e9]) {
    await refused({ threads }, /--threads takes auto or a whole number from 1 to \d+ on this machine/);
  }
  await refused({ precision: 'fp16' }, /--precision takes float32, bf16 or auto and got fp16/);
});

torchTest('what it says of itself is what was asked for', async (t) => {
  const info = await torchBackend().load({ device: 'cpu', threads: 2 });
  t.like(info, { name: 'torch', device: 'cpu', threads: 2, precision: 'float32' });
  t.regex(info.build, /^libtorch \d+\.\d+/);
  t.is(tf.getBackend(), 'torch');
});

torchTest('loads that begin together are done one after the other, a refused one too', async (t) => {
  const [first, refused, last] = await Promise.allSettled([
    torchBackend().load({ threads: 2 }),
    torchBackend().load({ device: 'cuda:99' }),
    torchBackend().load({ threads: 1 }),
  ]);
  t.is(first.status, 'fulfilled');
  t.is(refused.status, 'rejected');
  t.like((last as PromiseFulfilledResult<object>).value, { threads: 1, precision: 'float32' });
  t.false((tf.backend() as TorchKernelBackend).bf16);
});

torchTest('probing says nothing more where all is there', async (t) => {
  t.like(await torchBackend().probe(), { available: true });
});
