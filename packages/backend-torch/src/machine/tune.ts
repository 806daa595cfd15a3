import type { Precision } from '@kdx/tensor';
import { loadBridge } from '../libtorch/load-bridge.js';
import type { ThreadChoice } from '../runtime/choose-threads.js';
import { speedOfBf16, tryBf16 } from '../runtime/try-bf16.js';
import { chooseThreadsAgain } from '../settle-threads.js';
import { type Choice, keepChoice, keptChoice } from './kept-choice.js';
import { torchChoices } from './torch-choices.js';
import { waitPassively } from './wait-passively.js';

/** A number of threads that was chosen again. */
export interface Tuned {
  readonly precision: Precision;
  readonly before: Choice<ThreadChoice> | null;
  readonly now: Choice<ThreadChoice>;
}

/**
 * Measures again what `--threads auto` and `--precision auto` take on this machine, and keeps it in place of what was
 * kept. Runs that have started keep the number they started with.
 * @throws KdxError as `loadBridge`
 */
export async function tuneTorch(): Promise<Tuned[]> {
  waitPassively();
  const { bridge, record } = await loadBridge();
  const choices = torchChoices(record);
  const isAccurate = tryBf16(bridge).wrong === '';
  if (isAccurate) await keepChoice(choices.bf16Speed, speedOfBf16(bridge), { replace: true });
  const tuned: Tuned[] = [];
  for (const precision of isAccurate ? (['float32', 'bf16'] as const) : (['float32'] as const)) {
    const before = keptChoice(choices.threads(precision)) ?? null;
    tuned.push({ precision, before, now: await chooseThreadsAgain(bridge, choices, precision) });
  }
  return tuned;
}
