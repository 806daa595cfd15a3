import {
  constant,
  decayEvery,
  type Length,
  lengthInEpochs,
  multiply,
  parseSchedule,
  type Schedule,
  type ScheduleConfig,
  warmup,
} from '@kdx/core';

export interface WeightOptions {
  /** W, epochs until full weight; undefined for a twelfth of the run, as 20 of 240. */
  readonly warmup: Length | undefined;
  /** Early decay, `factor^⌊e/every⌋`; null for none. */
  readonly decay: { readonly factor: number; readonly every: number } | null;
  /** w over epochs instead of both; it has 1 for its base. */
  readonly schedule?: ScheduleConfig;
}

/**
 * `λ · min(1, e/W) · d^⌊e/N⌋`, e counted from 1 (Tf-FD, spec §1.5; golden T8).
 * @param symbol its name in formulas
 */
export function weight(
  symbol: string,
  lambda: number,
  { warmup: W, decay, schedule }: WeightOptions,
  epochs: number,
): Schedule {
  if (schedule !== undefined) {
    const { at, text } = parseSchedule(schedule, 1);
    return { at: (clock) => lambda * at(clock), text: `${symbol}(e) = ${lambda} · (${text})` };
  }
  const rise = lengthInEpochs(W ?? epochs / 12, epochs);
  const parts = [
    ...(rise > 1 ? [warmup(rise)] : []),
    ...(decay ? [decayEvery(decay.every, decay.factor)] : []),
  ];
  if (parts.length === 0) return constant(lambda);
  const { at, text } = parts.reduce((all, part) => multiply(all, part));
  return { at: (clock) => lambda * at(clock), text: `${symbol}(e) = ${lambda} · ${text}` };
}
