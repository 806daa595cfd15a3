import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { torchBackend } from '../torch-backend.js';

const { available, reason } = await torchBackend().probe();
if (available) await torchBackend().load({ threads: 1 });
else console.log(`Tests of the torch back end are skipped: ${reason}`);

/** A test on the torch back end, alone in its file: the current back end is global. Skipped by name without libtorch. */
export function torchTest(title: string, run: (t: ExecutionContext) => void | Promise<void>): void {
  if (!available) {
    test.skip(title, run);
    return;
  }
  test.serial(title, async (t) => {
    await tf.setBackend('torch');
    await run(t);
  });
}
