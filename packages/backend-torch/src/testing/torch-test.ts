import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
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

/** As {@link torchTest}, with the back end set to bf16. */
export function bf16Test(title: string, run: Body): void {
  torchTest(title, async (t) => {
    await torchBackend().load({ precision: 'bf16', threads: 1 });
    try {
      await run(t);
    } finally {
      await torchBackend().load({ threads: 1 });
    }
  });
}
