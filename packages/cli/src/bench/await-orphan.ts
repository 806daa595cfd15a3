import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunLock } from '@kdx/core/run';

/** In milliseconds: how long a run may take to save after its comparison was killed, and when a person hears of the wait. */
const LIMIT = 120_000;
const SAY_AFTER = 2000;

/**
 * Waits for a run of a comparison that was killed: it saves after its step and ends by itself, and until then its folder is
 * its own. After two minutes it waits no longer, so that the refusal of the lock names who holds it.
 */
export async function awaitOrphan(
  directory: string,
  signal: AbortSignal,
  say: (message: string) => void,
): Promise<void> {
  const file = join(directory, 'run.lock');
  const lock = new RunLock(file, directory);
  const begun = performance.now();
  for (let said = false; lock.isHeld() && !signal.aborted; ) {
    const waited = performance.now() - begun;
    if (waited > LIMIT) return;
    if (waited > SAY_AFTER && !said) {
      said = true;
      say(
        `${directory} is still being written (its lock is ${file}); waiting up to two minutes for that to end.`,
      );
    }
    await sleep(100);
  }
}
