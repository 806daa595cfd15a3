import type { BackendNote, Precision } from '@kdx/tensor';
import type { Bridge } from './libtorch/bridge.js';
import { type Choice, keepChoice, settleChoice } from './machine/kept-choice.js';
import type { TorchChoices } from './machine/torch-choices.js';
import { chooseThreads, type ThreadChoice } from './runtime/choose-threads.js';

export const TUNE_COMMAND = 'kdx backend tune torch';

/** A choice's day, for people. */
export const dayOf = ({ chosen }: Pick<Choice<unknown>, 'chosen'>): string => chosen.slice(0, 10);

/**
 * Sets the number of threads that this machine once chose for a precision, chosen now where it has not. Timing a busy
 * machine twice can give two numbers, and one and two threads give different bits: so that equal commands give equal bits,
 * the first choice stays.
 */
export async function settleThreads(
  bridge: Bridge,
  choices: TorchChoices,
  precision: Precision,
  note: BackendNote,
): Promise<number> {
  const choice = await settleChoice(choices.threads(precision), () => chooseThreads(bridge, precision));
  note(threadsText(choice));
  return bridge.setThreads(choice.value.threads);
}

/** `threads 2, chosen for this machine on 2026-11-30; --threads N overrides, "kdx backend tune torch" measures again`. */
export function threadsText(choice: Choice<ThreadChoice>): string {
  const threads = `threads ${choice.value.threads}`;
  return choice.notKept === ''
    ? `${threads}, chosen for this machine on ${dayOf(choice)}; --threads N overrides, "${TUNE_COMMAND}" chooses again`
    : `${threads}, measured now and not kept (${choice.notKept}), so that the next run may choose another number; --threads N sets it`;
}

/** Measures again and replaces what was kept. */
export const chooseThreadsAgain = (
  bridge: Bridge,
  choices: TorchChoices,
  precision: Precision,
): Promise<Choice<ThreadChoice>> =>
  keepChoice(choices.threads(precision), chooseThreads(bridge, precision), { replace: true });
