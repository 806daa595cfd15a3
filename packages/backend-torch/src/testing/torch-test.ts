import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import type { TorchKernelBackend } from '../runtime/torch-kernel-backend.js';
import { tryBf16 } from '../runtime/try-bf16.js';
import { torchBackend } from '../torch-backend.js';

const { available, reason } = await torchBackend().probe();
if (available) await torchBackend().load({ threads: 1 });

type Body = (t: ExecutionContext) => void | Promise<void>;

/**
 * A test on the torch back end, alone in its file: the current back end is global. Without libtorch it is skipped under
 * its name and the reason, and fails when `KDX_REQUIRE_TORCH` is `1`, so that no skip goes unseen in CI.
 */
export function torchTest(title: string, run: Body): void {
  if (!available && process.env.KDX_REQUIRE_TORCH === '1') {
    test(title, (t) => t.fail(reason));
  } else if (!available) {
    test.skip(`${title} (skipped: ${reason})`, run);
  } else {
    test.serial(title, async (t) => {
      await tf.setBackend('torch');
      await run(t);
    });
  }
}

/** Why kdx computes nothing in bf16 on this machine; empty where it does. */
const bf16Fault = available ? tryBf16((tf.backend() as TorchKernelBackend).bridge).wrong : '';

/**
 * As {@link torchTest}, with the back end set to bf16. Skipped where kdx refuses bf16, as it does where libtorch
 * computes it wrongly; a test of try-bf16 holds it to that.
 */
export function bf16Test(title: string, run: Body): void {
  if (bf16Fault !== '') {
    test.skip(`${title} (skipped: bf16 is wrong here: ${bf16Fault})`, run);
    return;
  }
  torchTest(title, async (t) => {
    await torchBackend().load({ precision: 'bf16', threads: 1 });
    try {
      await run(t);
    } finally {
      await torchBackend().load({ threads: 1 });
    }
  });
}
